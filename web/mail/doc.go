// Package mail carries letters: from the outbox of the books to a mail server, or to a folder.
//
// # How a letter passes
//
//	postman.go  wakes when something was queued or is due → takes messages from the Outbox → has each composed
//	letter.go   the letter as a MIME message: text, HTML, calendar entries
//	smtp.go     to a mail server: one connection while there is something to carry
//	folder.go   or to a folder of .eml files, which is also read for the page of the demo
//	failure.go  what went wrong as one of few stable codes, and whether trying again makes sense
//
// and the postman notes what became of it, which is the receipt that the staff sees. A letter is noted after it was
// carried, so a crash in between sends it twice, with the same Message-ID; it is never lost.
//
// # Who owns what
//
// The Outbox owns the messages. A Postman owns its Carrier and runs in one goroutine, that of Run; nothing is shared.
// Each step has a deadline: a mail server that hangs delays letters and nothing else.
//
// Nothing personal is logged: what a mail server says names its users, so only codes of it are told.
//
// Specifications: RFC 5321 (SMTP), RFC 3207 (STARTTLS), RFC 5322 (message), RFC 3834 (Auto-Submitted), RFC 6047
// (calendar entries by mail).
package mail
