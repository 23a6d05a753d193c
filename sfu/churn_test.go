package sfu

import (
	"fmt"
	"sync"
	"testing"
)

// TestCloseTogether closes peers that send to one another, and to which others just began to send, all at once and
// again and again: nobody waits for ever.
func TestCloseTogether(t *testing.T) {
	s := testSFU(t, nil)
	rounds := 6
	if testing.Short() {
		rounds = 2
	}
	for round := range rounds {
		r := s.Room(fmt.Sprint("together", round))
		var all []*testClient
		for n := range uint32(4) {
			c := newClient(t, r, n+1, func(o *clientOptions) { o.seats = 3 })
			c.connect()
			all = append(all, c)
		}
		for i, c := range all {
			if i < len(all)-1 {
				until(t, "connected", c.connected)
			}
		}
		var senders, closers sync.WaitGroup
		for _, c := range all {
			senders.Add(1)
			go func() {
				defer senders.Done()
				for range 50 {
					c.pump()
					c.say(c.frames, 20)
				}
			}()
			closers.Add(1)
			go func() {
				defer closers.Done()
				c.peer.Close()
			}()
		}
		closed := make(chan struct{})
		go func() { closers.Wait(); close(closed) }()
		until(t, "all closed", func() bool {
			select {
			case <-closed:
				return true
			default:
				return false
			}
		})
		senders.Wait()
		for _, c := range all {
			c.close()
		}
	}
	if st := s.Stats(); st.Peers != 0 || st.PeersPanicked != 0 {
		t.Errorf("%+v", st)
	}
}
