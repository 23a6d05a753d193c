package signaling

import (
	"fmt"
	"net/http"
	"net/netip"
	"testing"

	"jalsa/booking"
	"jalsa/strangers"
)

func (d *door) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.unknown.total + len(d.unknown.each) + d.from.Networks() + d.guests.total + len(d.guests.each)
}

// somewhere is another network for each n, none in the /48 of another.
func somewhere(n int) strangers.Place {
	return strangers.At(netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, byte(n >> 8), byte(n), 15: 1}), strangers.Block)
}

// withCookie is what a page of ours sends with a cookie; "" sends none.
func withCookie(secret string) http.Header {
	header := http.Header{"Origin": {origin}}
	if secret != "" {
		header.Set("Cookie", booking.SessionCookie+"="+secret)
	}
	return header
}

func TestStrangersKeepNobodyOut(t *testing.T) {
	r := newRig(t)
	host, lawyer := r.hearing()
	lawyer.conn.NetConn().Close() // the network drops
	expect(host, has(4, "reconnecting"))
	id := r.people["representative"].ID
	for _, cookie := range []string{"", "AAAA", r.cookies["party"]} { // the id is no secret
		stranger, _, err := r.tryDial("representative", withCookie(cookie))
		if err != nil {
			t.Fatal(err)
		}
		stranger.expectEnd(4401, "unknown_link")
	}
	r.until("strangers gone", func() bool { return r.live.Stats().Sessions == 1 })
	for n, full := 0, false; !full; n++ { // as many more as they are let
		_, full = r.live.door.enter(id, false, somewhere(n))
	}
	if _, response, err := r.tryDial("representative", withCookie("")); err == nil || response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("one more stranger: %v %v", response, err)
	}
	for i, full := 0, false; !full; i++ { // and at other ids
		_, full = r.live.door.enter(fmt.Sprint(i), false, somewhere(i))
	}
	if _, response, err := r.tryDial("witness", withCookie("")); err == nil || response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a stranger to a full house: %v %v", response, err)
	}
	expect[Admitted](r.join("representative"))
	expect(host, has(4, "in_hearing"))
	if !r.live.Present(id) {
		t.Error("not present")
	}
}

func TestSocketsWithoutAPlaceAreBounded(t *testing.T) {
	r := newRig(t)
	for range doorEach {
		r.dial("party")
	}
	r.until("all open", func() bool { return r.live.Stats().Sessions == doorEach })
	r.dial("party").expectEnd(4503, "capacity")
	expect[Admitted](r.join("host")) // others are not concerned
	for range doorEach {             // as many goodbyes on their way
		r.live.door.enter(r.people["party"].ID, true, strangers.Place{})
	}
	if _, response, err := r.tryDial("party", withCookie(r.cookies["party"])); err == nil || response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("%v %v", response, err)
	}
}

func TestTheDoorBoundsTheTotal(t *testing.T) {
	for _, known := range []bool{false, true} {
		d := newDoor()
		bound := map[bool]int{false: doorStrangers, true: doorGuests}[known]
		for i := range bound {
			if crowded, full := d.enter(fmt.Sprint(i), known, somewhere(i)); full || crowded {
				t.Fatalf("socket %d: crowded %v, full %v", i, crowded, full)
			}
		}
		if _, full := d.enter("x", known, somewhere(bound)); !full {
			t.Fatal("no bound")
		}
		if _, full := d.enter("x", !known, somewhere(0)); full {
			t.Fatal("one bound for all")
		}
		d.leave("x", !known, somewhere(0))
		for i := range bound {
			d.leave(fmt.Sprint(i), known, somewhere(i))
		}
		if d.count() != 0 {
			t.Fatalf("%d left", d.count())
		}
	}
}

// Strangers of one network, or of one /48 who walk through it, do not keep out strangers of others, who would not be told why
// they cannot come in.
func TestAFewStrangersLeaveRoomToOthers(t *testing.T) {
	for name, from := range map[string]func(n int) strangers.Place{
		"one network": func(int) strangers.Place { return somewhere(1) },
		"one /48": func(n int) strangers.Place {
			return strangers.At(netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, 0, 1, byte(n >> 8), byte(n), 15: 1}), strangers.Block)
		},
		"two /48s": func(n int) strangers.Place {
			return strangers.At(netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, 0, byte(n & 1), byte(n >> 8), byte(n), 15: 1}), strangers.Block)
		},
	} {
		d, let := newDoor(), 0
		for n := range 4 * doorStrangers {
			if _, full := d.enter(fmt.Sprint(n), false, from(n)); !full {
				let++
			}
		}
		others := 0
		for ; others < 30; others++ {
			if _, full := d.enter(fmt.Sprint("other ", others), false, somewhere(1000)); full {
				break
			}
		}
		if let < doorStrangers/8 || others < 30 {
			t.Errorf("%s: %d strangers, and then %d of another network", name, let, others)
		}
	}
}
