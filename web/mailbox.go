package web

import (
	"errors"
	"io/fs"
	"net/http"
	"regexp"
	"slices"
	"strconv"

	"jalsa/booking"
	"jalsa/web/mail"
)

// The mailbox shows what was mailed to anybody. It exists in the demo only, where mail goes to a folder and nobody is
// who they say.

func (s *site) mailboxRoutes() []route {
	if s.Mailbox == nil {
		return nil
	}
	return []route{
		{"/mail/{$}", methods{http.MethodGet: s.mailbox}, who{}},
		{"/mail/{name}", methods{http.MethodGet: s.kept}, who{}},
		{"/mail/{name}/{number}/appointment.ics", methods{http.MethodGet: s.keptCalendar}, who{}},
	}
}

// mailboxView is what templates/mailbox.html shows.
type mailboxView struct {
	frame
	Letters []keptView
}

// keptView is one letter; templates/letter.html shows it alone.
type keptView struct {
	frame
	Name      string
	Href      string
	To        string
	Subject   string
	Lang, Dir string // of the letter
	When      moment
	Text      string
	HTML      string
	Links     []string // to this server
	Files     []choice
	Back      string
}

func (s *site) mailbox(w http.ResponseWriter, r *http.Request) error {
	letters, err := s.Mailbox.List()
	if err != nil {
		return err
	}
	v := s.visitor(r, "")
	view := mailboxView{frame: s.frame(v, v.text("mail.box.title"))}
	for _, k := range letters {
		kept, err := s.keptView(v, k)
		if err != nil {
			return err
		}
		view.Letters = append(view.Letters, kept)
	}
	return s.render(w, r, v, "mailbox", http.StatusOK, view)
}

func (s *site) kept(w http.ResponseWriter, r *http.Request) error {
	k, err := s.readKept(r)
	if err != nil {
		return err
	}
	v := s.visitor(r, "")
	view, err := s.keptView(v, k)
	if err != nil {
		return err
	}
	view.frame = s.frame(v, k.Subject)
	return s.render(w, r, v, "letter", http.StatusOK, view)
}

func (s *site) readKept(r *http.Request) (mail.Kept, error) {
	k, err := s.Mailbox.Read(r.PathValue("name"))
	if errors.Is(err, fs.ErrNotExist) {
		err = errNotFound
	}
	return k, err
}

func (s *site) keptView(v visitor, k mail.Kept) (keptView, error) {
	zone, err := booking.Zone(v.zone)
	if err != nil {
		return keptView{}, err
	}
	letters := languages[slices.IndexFunc(languages, func(l language) bool { return l.Code == languageOf(k.Language) })]
	view := keptView{
		Name: k.Name, Href: v.link("/mail/" + k.Name), Back: v.link("/mail/"),
		To: k.To, Subject: k.Subject, Lang: letters.Code, Dir: letters.Dir,
		When: v.moment(k.Date.In(zone)), Text: k.Text, HTML: k.HTML,
	}
	own := regexp.MustCompile(regexp.QuoteMeta(s.PublicURL) + `/\S*`)
	view.Links = slices.Compact(own.FindAllString(k.Text, -1))
	for i, c := range k.Calendars {
		view.Files = append(view.Files, choice{Value: "/mail/" + k.Name + "/" + strconv.Itoa(i) + "/appointment.ics", Label: c.Name + " · " + c.Method})
	}
	return view, nil
}

// keptCalendar serves the calendar entry at a position in the letter.
func (s *site) keptCalendar(w http.ResponseWriter, r *http.Request) error {
	k, err := s.readKept(r)
	if err != nil {
		return err
	}
	number, err := strconv.Atoi(r.PathValue("number"))
	if err != nil || number < 0 || number >= len(k.Calendars) {
		return errNotFound
	}
	c := k.Calendars[number]
	serveCalendar(w, c.Name, c.Data)
	return nil
}
