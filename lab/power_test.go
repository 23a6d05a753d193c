//go:build lab && linux

package lab

import (
	mathrand "math/rand/v2"
	"syscall"
	"testing"
	"time"
)

// TestBookingsSurviveAPowerCut takes the power from the disk under the program
// while eight people book, and holds what is left on it against what they were
// told. It needs root.
func TestBookingsSurviveAPowerCut(t *testing.T) {
	p, b, d := onDisk(t)
	told := 0
	for range 200 {
		d = cutOnce(t, p, b, d)
		for _, wrong := range b.check(p.data) {
			t.Error(wrong)
		}
		told += b.claims()
		if t.Failed() {
			return
		}
		p.start()
		b.again(t)
	}
	t.Logf("200 power cuts: %d bookings told, none lost or doubled", told)
}

// TestAPowerCutIsSeen does the same with a program that does not sync: nearly
// every cut must be seen, or the proof above proves nothing.
func TestAPowerCutIsSeen(t *testing.T) {
	path := altered(t, "booking/store.go", "options.ReadOnly = lockTimeout, readOnly", "options.ReadOnly, options.NoSync = lockTimeout, readOnly, true")
	const cuts = 20
	seen := 0
	for range cuts {
		p, b, d := onDisk(t)
		p.kill()
		p.path = path
		p.start()
		for {
			cutOnce(t, p, b, d).unmount()
			if b.claims() > 0 {
				break
			}
			p.data = d.folder // nobody was told of anything yet
			p.start()
		}
		if len(b.check(p.data)) > 0 {
			seen++
		}
	}
	t.Logf("a program that does not sync: %d of %d power cuts seen", seen, cuts)
	if seen < cuts*9/10 {
		t.Errorf("%d of %d power cuts seen, want nine of ten", seen, cuts)
	}
}

// onDisk runs the program on a disk of its own, with people who book.
func onDisk(t *testing.T) (*program, *bookers, *disk) {
	d := newDisk(t)
	p := programOn(t, d.folder)
	o := newOffice(t, p, 4, 10)
	p.start()
	return p, newBookers(t, p, o, 8), d
}

// cutOnce lets people book for a while, stops the program, takes what is on the
// disk at that moment, and goes on with that: the next start of the program is
// on the disk after the cut.
func cutOnce(t *testing.T, p *program, b *bookers, d *disk) *disk {
	t.Helper()
	b.start()
	pass(200*time.Millisecond + mathrand.N(600*time.Millisecond))
	if err := p.process.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	after := d.cut()
	p.kill()
	b.end(t)
	d.unmount()
	p.data = after.folder
	return after
}
