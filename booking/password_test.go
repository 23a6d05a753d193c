package booking

import (
	"runtime"
	"strings"
	"sync"
	"testing"
)

// Made with the reference implementation's parameters of another day: what is stored says how it was hashed.
func TestHashesCarryTheirCost(t *testing.T) {
	h := newHashing()
	const old = "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$"
	stored := old + strings.Split(phcWith(h, "correct horse battery", 64, 1), "$")[5]
	if !h.fits(stored, "correct horse battery") || h.fits(stored, "correct horse batterie") {
		t.Error("a hash of another cost is not read")
	}
	fresh := h.hash("correct horse battery")
	if !h.fits(fresh, "correct horse battery") || h.fits(fresh, "correct horse") || fresh == h.hash("correct horse battery") {
		t.Error("a fresh hash does not fit, or has no salt")
	}
	for _, junk := range []string{"", "plain", "$argon2i$v=19$m=64,t=1,p=1$AA$AA", "$argon2id$v=16$m=64,t=1,p=1$AA$AA", "$argon2id$v=19$m=64,t=0,p=1$AA$AA", "$argon2id$v=19$m=64,t=1,p=0$AA$AA", "$argon2id$v=19$m=64,t=1,p=1$!$AA", "$argon2id$v=19$m=64,t=1,p=1$AA$"} {
		if h.fits(junk, "") {
			t.Errorf("%q fits", junk)
		}
	}
	if h.fits(nobody, "") {
		t.Error("somebody is nobody")
	}
}

func phcWith(h hashing, password string, memory, passes uint32) string {
	return phc([]byte("somesaltsomesalt"), h.key(password, []byte("somesaltsomesalt"), memory, passes, 1))
}

// 200 people sign in at once: no more hashes run than there are cores.
func TestHashingIsBoundedToTheCores(t *testing.T) {
	h := newHashing()
	if cap(h) != runtime.GOMAXPROCS(0) {
		t.Errorf("%d hashes may run at once on %d cores", cap(h), runtime.GOMAXPROCS(0))
	}
	for range cap(h) {
		h <- struct{}{}
	}
	var waiting sync.WaitGroup
	done := make(chan bool, 200)
	for range 200 {
		waiting.Go(func() {
			h.key("x", make([]byte, saltSize), 64, 1, 1)
			done <- true
		})
	}
	select {
	case <-done:
		t.Error("a hash ran while all places were taken")
	default:
	}
	for range cap(h) {
		<-h
	}
	waiting.Wait()
	if len(done) != 200 {
		t.Errorf("%d of 200 done", len(done))
	}
}
