package link

import (
	"testing"
	"time"
)

func TestRateDelayQueueAndLossHold(t *testing.T) {
	p, err := Unlimited().Parse("rate=64k,delay=60ms,loss=5,queue=400ms")
	if err != nil {
		t.Fatal(err)
	}
	d, start := New(p, 1), time.Unix(0, 0)
	var last time.Time
	n := 0
	for i := range 20_000 { // 100 bytes each 10 ms: 80 kbit/s
		now := start.Add(time.Duration(i) * 10 * time.Millisecond)
		d.Enter(i, 100, now)
		due, _, _ := d.Due(now)
		for _, each := range due {
			last = each.At
			n++
		}
	}
	c := d.Counts()
	rate := float64(c.OutBytes*8) / last.Sub(start).Seconds()
	if rate < 63e3 || rate > 64.1e3 {
		t.Errorf("%.0f bit/s leave a link of 64k", rate)
	}
	if lost := float64(c.LostRandom) / float64(c.InPackets); lost < 0.045 || lost > 0.055 {
		t.Errorf("%.1f %% lost of 5", 100*lost)
	}
	if c.PeakQueueBytes < 3100 || c.PeakQueueBytes > 3200 {
		t.Errorf("queue of %d bytes, 400 ms are 3200", c.PeakQueueBytes)
	}
	if c.DroppedQueue == 0 || n != c.OutPackets {
		t.Errorf("%d dropped, %d of %d out", c.DroppedQueue, n, c.OutPackets)
	}
}

func TestParamsRefuseNonsense(t *testing.T) {
	for _, text := range []string{"rate=fast", "delay=3", "speed=1", "rate=-1"} {
		if _, err := Unlimited().Parse(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}
