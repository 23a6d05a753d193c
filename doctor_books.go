package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"jalsa/booking"
)

// ledger is the state of the books: of a running server by its own word, else of the file, which is opened for reading only.
type ledger struct {
	data    string
	none    bool // no store yet
	keyless bool // a store without the key of its links
	entries uint64
	err     error // why the journal was not verified, or that it does not hold
}

func lookAtBooks(ctx context.Context, data string, running *condition) ledger {
	l := ledger{data: data}
	_, store := os.Stat(filepath.Join(data, storeFile))
	_, key := os.Stat(filepath.Join(data, keyFile))
	l.none = errors.Is(store, fs.ErrNotExist)
	l.keyless = store == nil && errors.Is(key, fs.ErrNotExist)
	var p booking.Proof
	switch {
	case l.none:
	case running != nil:
		ctx, stop := within(ctx)
		defer stop()
		l.err = ask(ctx, data, "/journal/verify", verifyRequest{}, &p)
	default:
		p, l.err = booking.VerifyFile(filepath.Join(data, storeFile), "")
	}
	l.entries = p.Entries
	return l
}

func judgeBooks(l ledger) []finding {
	const check = "books"
	var bad *booking.JournalError
	switch {
	case l.none:
		return []finding{fine.of(check, "none yet in %s; the first start makes them", l.data)}
	case errors.Is(l.err, fs.ErrPermission):
		return []finding{unseen.of(check, "this user may not read those of %s", l.data).so("run this as the user of the server, or as root")}
	case errors.Is(l.err, booking.ErrLocked):
		return []finding{problem.of(check, "another program has those of %s open, and it is no server that answers", l.data).so("find it with: fuser -v %s", filepath.Join(l.data, storeFile))}
	case errors.As(l.err, &bad):
		return []finding{problem.of(check, "the journal does not hold: %v", bad).so("stop the server, keep the folder as it is, and put back a backup; jalsa journal verify --checkpoint says whether history was changed")}
	case errors.Is(l.err, context.DeadlineExceeded):
		return []finding{unseen.of(check, "verifying the journal takes longer than %v", lookTime).so("jalsa journal verify")}
	case l.err != nil:
		return []finding{problem.of(check, "they do not open: %v", l.err).so("stop the server, keep the folder as it is, and put back a backup")}
	case l.keyless:
		return []finding{problem.of(check, "%s is missing: links sent so far stay good, but no later message tells them again", keyFile).so("put back its backup before the server starts and makes a new one")}
	}
	return []finding{fine.of(check, "they open, and the journal holds; entries: %d", l.entries)}
}
