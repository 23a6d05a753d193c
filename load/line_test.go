package load

import (
	"slices"
	"testing"
	"time"

	"github.com/pion/rtcp"
)

var began = time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC)

func ms(n int) time.Time { return began.Add(time.Duration(n) * time.Millisecond) }

func TestLineCountsWhatIsMissing(t *testing.T) {
	l := line{video: true}
	type step struct {
		sequence uint16
		fate     fate
		gap      int
	}
	for i, s := range []step{
		{65534, fresh, 0}, {65535, fresh, 0}, {0, fresh, 0}, {3, fresh, 2}, // 1 and 2
		{2, late, 0}, {2, repeated, 0}, {3, repeated, 0}, {65534, repeated, 0}, {4, fresh, 0},
		{5000, fresh, 0}, // a new start
		{5001, fresh, 0},
	} {
		if f, gap := l.note(s.sequence, ms(i)); f != s.fate || gap != s.gap {
			t.Errorf("step %d, packet %d: %v and %d missing, want %v and %d", i, s.sequence, f, gap, s.fate, s.gap)
		}
	}
}

func TestLineAsksAgain(t *testing.T) {
	l := line{video: true}
	l.note(10, ms(0))
	l.note(13, ms(0))
	asked := func(at int) (all []uint16, gaveUp bool) {
		pairs, gaveUp := l.asks(ms(at))
		for _, p := range pairs {
			all = append(all, p.PacketList()...)
		}
		return all, gaveUp
	}
	if all, _ := asked(5); len(all) > 0 {
		t.Errorf("asked for %v, which may still come", all)
	}
	if all, _ := asked(10); !slices.Equal(all, []uint16{11, 12}) {
		t.Errorf("asked for %v", all)
	}
	if all, _ := asked(50); len(all) > 0 {
		t.Errorf("asked for %v again at once", all)
	}
	l.note(11, ms(60))
	if all, _ := asked(90); !slices.Equal(all, []uint16{12}) {
		t.Errorf("asked for %v", all)
	}
	if all, gaveUp := asked(1001); len(all) > 0 || !gaveUp {
		t.Errorf("asks for %v after a second, given up: %v", all, gaveUp)
	}
	voiceLine := line{}
	voiceLine.note(1, ms(0))
	voiceLine.note(3, ms(0))
	if pairs, gaveUp := voiceLine.asks(ms(20)); len(pairs) > 0 || gaveUp {
		t.Error("voice is asked for again, which browsers do not do")
	}
}

func TestLineReports(t *testing.T) {
	l := line{}
	for _, sequence := range []uint16{1, 2, 3, 5} {
		l.note(sequence, ms(0))
	}
	l.report, l.reportAt = 0xabcd, ms(0)
	if got, want := l.reception(7, ms(500)), (rtcp.ReceptionReport{SSRC: 7, FractionLost: 256 / 5, TotalLost: 1, LastSequenceNumber: 5, LastSenderReport: 0xabcd, Delay: 32768}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	l.note(6, ms(0))
	if got := l.reception(7, ms(500)); got.FractionLost != 0 || got.TotalLost != 1 {
		t.Errorf("nothing more is lost: %+v", got)
	}
}

// What a line misses of a source is counted while it shows that source, and not when it goes over to another.
func TestLineShows(t *testing.T) {
	l := line{}
	type step struct {
		number uint32
		layer  layer
		count  uint32
		gap    int
	}
	for i, s := range []step{{1, high, 10, 0}, {1, high, 11, 0}, {1, high, 14, 2}, {1, low, 3, 0}, {1, low, 4, 0}, {2, low, 90, 0}, {2, low, 89, 0}, {2, low, 91, 0}} {
		if gap := l.shows(stamp{number: s.number, layer: s.layer, count: s.count}, ms(i)); gap != s.gap {
			t.Errorf("step %d: %d missing, want %d", i, gap, s.gap)
		}
	}
}
