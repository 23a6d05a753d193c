package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"jalsa/booking"
)

// Limits of signing in. A hash costs a core some hundredths of a second and guesses must be slow, while an institution
// that signs in at nine in the morning from behind one address must not wait.
type signInLimits struct {
	network networks // guesses at many accounts from one network
	pair    *limiter // guesses at one account from one network
	around  *limiter // guesses at one account from the /48 around it: more than one network makes, which keeps no neighbour out
	account *limiter // guesses at one account from many: wider still, so that guessing does not keep its owner out
}

// maxLogin is how much of a login is looked at, in bytes.
const maxLogin = 254

func newSignInLimits() signInLimits {
	return signInLimits{
		network: newNetworks(pace{burst: 100, every: 3 * time.Second}),
		pair:    newLimiter(pace{burst: 10, every: time.Minute}),
		around:  newLimiter(pace{burst: 20, every: 30 * time.Second}),
		account: newLimiter(pace{burst: 60, every: 20 * time.Second}),
	}
}

// allow asks all of them, each only about what those before let through: who is in their own way is not in others'.
func (l signInLimits) allow(w http.ResponseWriter, r *http.Request, login string, now time.Time) bool {
	from := whence(r)
	if !l.network.allow(r, now) {
		l.network.wait(w)
		return false
	}
	for _, ask := range []struct {
		limiter *limiter
		key     string
	}{{l.pair, from.Near.String() + " " + login}, {l.around, from.Far.String() + " " + login}, {l.account, login}} {
		if ask.limiter == l.around && !from.Far.IsValid() {
			continue
		}
		if !ask.limiter.allow(ask.key, now) {
			ask.limiter.wait(w)
			return false
		}
	}
	return true
}

// loginView is what templates/login.html shows.
type loginView struct {
	frame
	Form form
}

// showLogin serves GET /staff/login. Who has signed in already goes on.
func (s *site) showLogin(w http.ResponseWriter, r *http.Request) error {
	to := ownPath(r.URL.Query().Get("to"))
	if _, err := s.deskOf(r); err == nil {
		return seeOther(w, r, to)
	}
	v := s.visitor(r, "")
	view := s.askLogin(w, v, v.form(url.Values{"to": {to}}))
	return s.showForm(w, r, v, "login", &view.frame, view.Form, &view)
}

func (s *site) askLogin(w http.ResponseWriter, v visitor, f form) loginView {
	s.rememberAtDesk(w, v)
	f.ask(
		field{Name: "to", Kind: "hidden"},
		field{Name: "login", Kind: "email", Label: v.text("staff.login"), Auto: "username"},
		field{Name: "password", Kind: "password", Label: v.text("staff.password"), Auto: "current-password"},
	)
	view := loginView{s.frame(v, v.text("staff.login_title")), f}
	view.Style = s.assets.address("staff.css")
	for i := range view.Languages {
		view.Languages[i].Href += "&to=" + url.QueryEscape(f.line("to"))
	}
	return view
}

// login serves POST /staff/login. Why it failed is not told: an unknown account, a wrong password and a disabled account
// are one answer after the same work.
func (s *site) login(w http.ResponseWriter, r *http.Request) error {
	typed, err := readForm(w, r)
	if err != nil {
		return err
	}
	v := s.visitor(r, "")
	f := v.form(typed)
	to := ownPath(f.line("to"))
	f.Values.Set("to", to)
	name := strings.ToLower(f.line("login"))
	if len(name) > maxLogin {
		name = name[:maxLogin]
	}
	if !s.signingIn.allow(w, r, name, s.Now()) {
		f.fault("login", "too_often")
		view := s.askLogin(w, v, f)
		view.Faulty = true
		keepOrigin(w)
		return s.render(w, r, v, "login", http.StatusTooManyRequests, &view)
	}
	secret, _, err := s.Bookings.Login(name, typed.Get("password"))
	if errors.Is(err, booking.ErrWrongLogin) {
		f.fault("login", "wrong")
		view := s.askLogin(w, v, f)
		return s.showForm(w, r, v, "login", &view.frame, f, &view)
	}
	if err != nil {
		return err
	}
	// A session that this browser brought along is not taken over, whoever put it there: it ends.
	if old, err := r.Cookie(deskCookie); err == nil {
		if err := s.Bookings.Logout(old.Value); err != nil {
			return err
		}
	}
	http.SetCookie(w, s.deskCookie(deskCookie, secret))
	return seeOther(w, r, to)
}

// logout serves POST /staff/logout.
func (s *site) logout(w http.ResponseWriter, r *http.Request, _ desk) error {
	cookie, err := r.Cookie(deskCookie)
	if err != nil {
		return errSignedOut
	}
	if err := s.Bookings.Logout(cookie.Value); err != nil {
		return err
	}
	s.endCookie(w, deskCookie)
	return seeOther(w, r, "/staff/login")
}
