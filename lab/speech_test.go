package lab

import (
	"testing"
	"time"

	emulate "jalsa/lab/link"
)

// thinLink is that of many a phone in the country, each way.
var thinLink = emulate.Params{Rate: 64e3, Delay: 300 * time.Millisecond, Loss: 1, QueueTime: 400 * time.Millisecond}

// TestSpeechOverAThinLink has each of three speak in turn, one of them behind thinLink: everybody's words arrive, whatever
// pictures there are besides, and the other two lose nothing of one another.
func TestSpeechOverAThinLink(t *testing.T) {
	alongside(t)
	h := gather(t, newProgram(t), time.Hour, "host", "party/thin", "witness")
	host, thin, witness := h.people[0], h.people[1], h.people[2]
	thin.unseen.Store(true) // what its page would do (web/client/core/ladder.ts)
	witness.mute.Store(true)
	until(t, "the thin link hears", func() bool { return thin.inbox.last(host.number, voice) > 0 })
	until(t, "the thin link is heard", func() bool { return host.inbox.last(thin.number, voice) > 0 })
	pass(3 * time.Second) // for the server to know the link
	for _, speaker := range []*person{host, witness} {
		other := map[*person]*person{host: witness, witness: host}[speaker]
		other.mute.Store(true)
		begun := speaker.sent[high].Load()
		speaker.mute.Store(false)
		pass(time.Second)
		until(t, "the other two see one another", func() bool { return other.inbox.last(speaker.number, high) > begun })
		kept := check([]*person{other, speaker})
		delete(kept, [2]*person{speaker, other})
		words := speaker.sent[voice].Load()
		own := thin.sent[voice].Load()
		pass(3 * time.Second)
		spoken, answered := speaker.sent[voice].Load(), thin.sent[voice].Load()
		until(t, "the last words arrive", func() bool {
			return thin.inbox.last(speaker.number, voice) >= spoken && other.inbox.last(thin.number, voice) >= answered
		})
		if lost := thin.inbox.missing(speaker.number, voice, words+1, spoken); lost > int(spoken-words)/20 {
			t.Errorf("the thin link missed %d of %d frames of %s", lost, spoken-words, speaker.role)
		}
		if lost := other.inbox.missing(thin.number, voice, own+1, answered); lost > int(answered-own)/20 {
			t.Errorf("%s missed %d of %d frames of the thin link", other.role, lost, answered-own)
		}
		kept.complete(t)
	}
}
