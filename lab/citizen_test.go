package lab

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"time"
)

// citizen books over the pages, as a browser without script does, and is told
// what became of it by them alone.
type citizen struct {
	base    string
	office  office
	web     *http.Client
	browser string // content of the cookie
}

// booked is one booking of a citizen, named by its key.
type booked struct {
	key       string
	reference string
	ticket    string
}

func newSecret() string { return strings.ToLower(rand.Text()) }

// newCitizen comes from an address of its own; nil is any.
func newCitizen(base string, o office, from net.IP) *citizen {
	dialer := &net.Dialer{Timeout: within}
	if from != nil {
		dialer.LocalAddr = &net.TCPAddr{IP: from}
	}
	return &citizen{base: base, office: o, browser: newSecret(), web: &http.Client{
		Transport:     &http.Transport{DialContext: dialer.DialContext, MaxIdleConnsPerHost: 1},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       2 * time.Minute,
	}}
}

// another is somebody else with a browser of their own, on a network where nobody was before: each may write only so
// fast.
func (c *citizen) another() *citizen {
	n := others.Add(1)
	other := newCitizen(c.base, c.office, net.IPv4(127, 64+byte(n>>8)%64, byte(n), 1))
	other.web.Transport.(*http.Transport).DisableKeepAlives = true // nobody closes them
	return other
}

var others atomic.Uint32

func (c *citizen) close() { c.web.CloseIdleConnections() }

// answer is what a page said. The outcome of a request without an answer is
// unknown: that is an error, and errAnswer is not.
type answer struct {
	status int
	to     string // where it leads
	body   string
}

// errAnswer is a page that no story here expects.
var errAnswer = errors.New("unexpected answer")

func (a answer) unexpected(what string) error {
	text := regexp.MustCompile(`(?s)<h1>(.*?)</h1>`).FindString(a.body)
	return fmt.Errorf("%w: %s: %d %s %s", errAnswer, what, a.status, a.to, text)
}

func (c *citizen) ask(method, path string, form url.Values) (answer, error) {
	r, err := http.NewRequest(method, c.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		return answer{}, err
	}
	r.AddCookie(&http.Cookie{Name: "jalsa-browser", Value: c.browser})
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := c.web.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header.Get("Location"), string(body)}, err
}

func (c *citizen) slotsPath() string {
	return "/book/" + c.office.institution + "/" + c.office.service + "/slots"
}

func slotValue(at time.Time) string { return at.UTC().Format(time.RFC3339) }

var offeredSlot = regexp.MustCompile(`name="start" value="([^"]+)"`)

func slotsIn(page string) (free []string) {
	for _, found := range offeredSlot.FindAllStringSubmatch(page, -1) {
		free = append(free, found[1])
	}
	return free
}

// free reads which slots of the day the page offers.
func (c *citizen) free(key string) ([]string, error) {
	query := url.Values{"key": {key}, "zone": {officeZone}, "day": {c.office.slots[0].In(mustZone()).Format("2006-01-02")}}
	a, err := c.ask("GET", c.slotsPath()+"?"+query.Encode(), nil)
	if err != nil {
		return nil, err
	}
	if a.status != http.StatusOK {
		return nil, a.unexpected("read slots")
	}
	return slotsIn(a.body), nil
}

// hold chooses a slot; false means that it is taken.
func (c *citizen) hold(key, start string) (ok bool, left []string, err error) {
	a, err := c.ask("POST", c.slotsPath()+"?zone="+url.QueryEscape(officeZone), url.Values{"key": {key}, "start": {start}})
	switch {
	case err != nil:
		return false, nil, err
	case a.status == http.StatusSeeOther:
		return true, nil, nil
	case a.status == http.StatusConflict:
		return false, slotsIn(a.body), nil
	}
	return false, nil, a.unexpected("hold")
}

// tell fills the form in.
func (c *citizen) tell(key string) error {
	for _, page := range []struct {
		name string
		form url.Values
	}{
		{"you", url.Values{"name": {secretName}, "email": {mailOf(key)}, "phone": {"+33612345678"}}},
		{"needs", url.Values{"language": {"fr"}, "interpreter": {""}}},
		{"people", url.Values{"role": {"none"}}},
	} {
		a, err := c.ask("POST", "/book/errand/"+key+"/"+page.name, page.form)
		if err != nil {
			return err
		}
		if a.status != http.StatusSeeOther {
			return a.unexpected(page.name)
		}
	}
	return nil
}

// mailOf is the address that belongs to one key, so that the books show what
// became of it.
func mailOf(key string) string { return key + "@example.org" }

var (
	shownReference = regexp.MustCompile(`class="reference"[^>]*>\s*(?:<bdi[^>]*>)?([a-z2-7]{4}-[a-z2-7]{4})`)
	shownTicket    = regexp.MustCompile(`/j/([a-z2-7]{26})`)
)

// request books what is held; false means that the slot is gone.
func (c *citizen) request(key string) (b booked, ok bool, err error) {
	a, err := c.ask("POST", "/book/errand/"+key+"/check", nil)
	if err != nil {
		return b, false, err
	}
	if a.status == http.StatusSeeOther && strings.Contains(a.to, "taken=1") {
		return b, false, nil
	}
	if a.status != http.StatusSeeOther || !strings.HasSuffix(a.to, "/done") {
		return b, false, a.unexpected("request")
	}
	return c.confirmation(key)
}

// confirmation reads the page that tells of the booking.
func (c *citizen) confirmation(key string) (b booked, ok bool, err error) {
	a, err := c.ask("GET", "/book/errand/"+key+"/done", nil)
	if err != nil {
		return b, false, err
	}
	reference, ticket := shownReference.FindStringSubmatch(a.body), shownTicket.FindStringSubmatch(a.body)
	if a.status != http.StatusOK || reference == nil || ticket == nil {
		return b, false, a.unexpected("confirmation")
	}
	return booked{key, reference[1], ticket[1]}, true, nil
}

// move takes another slot; false means that it is taken.
func (c *citizen) move(b booked, start string) (ok bool, err error) {
	a, err := c.ask("POST", "/j/"+b.ticket+"/move", url.Values{"start": {start}})
	switch {
	case err != nil:
		return false, err
	case a.status == http.StatusSeeOther:
		return true, nil
	case a.status == http.StatusConflict:
		return false, nil
	}
	return false, a.unexpected("move")
}

func (c *citizen) cancel(b booked) error {
	a, err := c.ask("POST", "/j/"+b.ticket+"/cancel", nil)
	if err == nil && a.status != http.StatusSeeOther && a.status != http.StatusGone {
		err = a.unexpected("cancel")
	}
	return err
}
