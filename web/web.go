package web

import (
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"jalsa/booking"
	"jalsa/web/mail"
)

// Config of the pages. All fields but Origins, Ready, Presence, Connections, Phase, Tell, Helped, Unvouched, Plain, Mailbox and Logger are required.
type Config struct {
	Bookings  *booking.Store
	PublicURL string       // scheme and host under which people reach us: "https://audiences.example.ma"
	Origins   []string     // further ones; may be empty
	Live      http.Handler // the socket at /h/{participant}/ws; reads r.PathValue("participant")
	Rehearsal http.Handler // the same at /h/{participant}/rehearsal/ws
	Ready     func() bool  // whether new people are welcome, for /healthz; nil: always
	// Presence tells where the people of an appointment are now, by participant id, in the words of the live side:
	// waiting, in_hearing, in_consultation, reconnecting, gone. nil: nobody anywhere.
	Presence func(appointmentID string) map[string]string
	// Connections tells how those of them who are in a hearing are connected, in the words of the live side: good, fair,
	// poor, lost. nil: nobody knows.
	Connections func(appointmentID string) map[string]string
	// Measured tells what the browsers of those in a hearing measured of their connections in their last minutes in it,
	// by participant id, the latest last, also for some time after it. nil: nobody knows.
	Measured func(appointmentID string) map[string][]Measure
	// Phase tells where a live hearing stands, in the words of the live side, and for a suspension why: countdown, paused,
	// suspended, deliberation and others. "" is one that nobody is in. nil: only what the books tell is known.
	Phase func(appointmentID string) (phase, reason string)
	// Tell shows a message of the desk to somebody who waits or is inside, and reports whether they were there. nil: nobody
	// can be told anything.
	Tell func(appointmentID, participantID, text string) bool
	// Helped says to the live side that the desk has dealt with somebody's call for help. nil: nobody is told.
	Helped func(appointmentID, participantID string)
	// Unvouched: the certificate is one that browsers warn of. They may not be told to insist on it (HSTS), which takes away
	// the way past the warning.
	Unvouched bool
	Plain     bool           // rooms do nothing for thin links, for comparison (sfu.Config.Plain)
	Machine   func() Machine // what the running program tells its operator; nil: nothing
	// Mailbox is where the demo's mail goes; anybody may read it at /mail/. nil: mail is sent, and there is no such page.
	Mailbox *mail.Folder
	Now     func() time.Time
	Logger  *slog.Logger // nil discards
}

//go:embed all:dist
var built embed.FS

// New builds the handler of everything under the public address. It fails when the style and the room client were
// not built (node web/build.mjs), or when a template or catalogue does not hold together.
func New(c Config) (http.Handler, error) {
	dist, err := fs.Sub(built, "dist")
	if err != nil {
		return nil, fmt.Errorf("open built assets: %w", err)
	}
	return newSite(c, dist)
}

// site answers every page. Read-only after newSite, so requests share it without a lock, but for limiters, which have their own, and strayed.
type site struct {
	Config
	secure     bool // reached by https
	headers    http.Header
	catalogues map[string]*catalogue // by language
	pages      map[*catalogue]*pages
	assets     *assets
	roomWords  map[*catalogue]roomWords
	pagesSheet *inlined        // pages.css, where it stands in the page
	hosts      map[string]bool // Host headers under which pages are at home
	redeemed   *limiter        // by participant
	resent     *limiter        // links mailed again, by participant
	applying   networks        // writing on the way to an appointment, by network
	altering   *limiter        // changes by who booked, by participant
	rehearsing *limiter        // rehearsals kept, by participant
	stepping   *limiter        // steps told by the room client, by participant
	journeys   *journeys       // who is on the way into a hearing
	seeking    networks        // references sought, by network
	sought     *limiter        // the same, by reference
	signingIn  signInLimits
	strayed    atomic.Bool // somebody came by another address, and the log says so
}

func newSite(c Config, dist fs.FS) (http.Handler, error) {
	public, err := url.Parse(c.PublicURL)
	if err != nil || public.Host == "" || public.Scheme != "http" && public.Scheme != "https" {
		return nil, fmt.Errorf("public URL %q is not http(s)://host", c.PublicURL)
	}
	if c.Bookings == nil || c.Live == nil || c.Rehearsal == nil || c.Now == nil {
		return nil, errors.New("web: Bookings, Live, Rehearsal and Now are required")
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	s := &site{Config: c, secure: public.Scheme == "https", redeemed: newLimiter(redeemPace), resent: newLimiter(resendPace), applying: newNetworks(applyPace), altering: newLimiter(alterPace), rehearsing: newLimiter(rehearsePace), stepping: newLimiter(stepPace), journeys: newJourneys(), seeking: newNetworks(seekPace), sought: newLimiter(findPace), signingIn: newSignInLimits()}
	s.headers = securityHeaders(public, !c.Unvouched)
	if s.hosts, err = hostsOf(append([]string{c.PublicURL}, c.Origins...)); err != nil {
		return nil, err
	}
	if s.assets, err = loadAssets(dist); err != nil {
		return nil, err
	}
	if s.catalogues, err = ownCatalogues(); err != nil {
		return nil, err
	}
	if s.roomWords, err = s.assets.layWords(s.catalogues); err != nil {
		return nil, err
	}
	s.pagesSheet = s.assets.inline("pages.css")
	if s.pages, err = ownPages(); err != nil {
		return nil, err
	}
	guard := http.NewCrossOriginProtection()
	if err := guard.AddTrustedOrigin(public.Scheme + "://" + public.Host); err != nil {
		return nil, fmt.Errorf("trust public URL: %w", err)
	}
	guard.SetDenyHandler(s.page(func(http.ResponseWriter, *http.Request) error { return errCrossOrigin }))
	return s.withHeaders(s.atHome(guard.Handler(s.mux()))), nil
}

// securityHeaders stand on every answer. Pages forbid caching; assets say otherwise for themselves.
func securityHeaders(public *url.URL, insist bool) http.Header {
	socket := "ws://" + public.Host
	if public.Scheme == "https" {
		socket = "wss://" + public.Host
	}
	h := http.Header{
		"Content-Security-Policy": {"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
			"connect-src 'self' " + socket + "; media-src 'self' blob: mediastream:; form-action 'self'; " +
			"base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"},
		"Permissions-Policy": {"camera=(self), microphone=(self), display-capture=(self), fullscreen=(self), " +
			"autoplay=(self), geolocation=(), payment=(), usb=()"},
		"Referrer-Policy":              {"no-referrer"},
		"X-Content-Type-Options":       {"nosniff"},
		"Cross-Origin-Opener-Policy":   {"same-origin"},
		"Cross-Origin-Resource-Policy": {"same-origin"},
		"X-Robots-Tag":                 {"noindex"},
		"Cache-Control":                {"no-store"},
	}
	if public.Scheme == "https" && insist {
		h["Strict-Transport-Security"] = []string{"max-age=31536000"}
	}
	return h
}

// allow adds a source to a directive of the policy of one answer.
func allow(h http.Header, directive, source string) {
	policy := strings.Split(h.Get("Content-Security-Policy"), "; ")
	for i, each := range policy {
		if strings.HasPrefix(each, directive+" ") {
			policy[i] += " " + source
		}
	}
	h.Set("Content-Security-Policy", strings.Join(policy, "; "))
}

func (s *site) withHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, value := range s.headers {
			w.Header()[name] = slices.Clone(value)
		}
		next.ServeHTTP(w, r)
	})
}

// cookie makes one for the pages under a path, for instance a single participant's room: the path keeps people who share
// a browser apart. The session is out of reach of scripts; choices are not, a script may know the reader's zone better.
func (s *site) cookie(name, value, path string) *http.Cookie {
	return &http.Cookie{
		Name: name, Value: value, Path: path,
		MaxAge:   int(cookieLife / time.Second),
		HttpOnly: name == booking.SessionCookie, SameSite: http.SameSiteStrictMode, Secure: s.secure,
	}
}

// roomPath is where the pages of one participant's room are.
func roomPath(participantID string) string { return "/h/" + participantID + "/" }

// cookieLife outlasts the longest conference, so that a phone that restarts its browser comes back. Each reading of the
// room page begins it anew.
const cookieLife = 24 * time.Hour

// healthy tells a balancer or a supervisor whether to send people here.
func (s *site) healthy(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	word := "ok\n"
	if s.Ready != nil && !s.Ready() {
		w.WriteHeader(http.StatusServiceUnavailable)
		word = "draining\n"
	}
	_, err := io.WriteString(w, word)
	return err
}
