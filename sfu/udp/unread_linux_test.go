package udp

import (
	"strings"
	"testing"
	"time"
)

// TestUnreadIsCounted: what the system drops because nobody reads is told, to the packet.
func TestUnreadIsCounted(t *testing.T) {
	h, s, media := newHub(t)
	e, sent := newEar(t), uint64(0)
	for long := strings.Repeat("x", MTU); h.Stats().Unread < 100; {
		if sent > 50*BufferSize/MTU {
			t.Fatalf("of %d packets the system has dropped %d", sent, h.Stats().Unread)
		}
		for range 500 {
			e.say(t, long, media)
		}
		sent += 500
	}
	all := readAll(s)
	late := time.After(5 * time.Second)
	for st := h.Stats(); st.Received+st.Unread < sent; st = h.Stats() {
		select {
		case <-all:
		case <-late:
			t.Fatalf("%d packets, %+v", sent, h.Stats())
		}
	}
	if st := h.Stats(); st.Received+st.Unread != sent || st.Received == 0 {
		t.Errorf("%d packets, %+v", sent, st)
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	for range all { // so that its goroutine ends
	}
}
