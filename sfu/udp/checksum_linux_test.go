package udp

import (
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A packet with a wrong checksum is announced by the system and gone when it is fetched: it must not hold up relays.
func TestAWrongChecksumStallsNobody(t *testing.T) {
	h, s, media := newHub(t)
	r := relayOf(t, h, false)
	const sent = 2 * inRow
	for range sent {
		if _, err := r.WriteTo([]byte("from a relay"), net.UDPAddrFromAddrPort(media)); err != nil {
			t.Fatal(err)
		}
	}
	sendWrongChecksum(t, media)

	read := make(chan struct{}, sent)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for readBurst(s, func([]byte, netip.AddrPort) { read <- struct{}{} }) == nil {
		}
	}()
	deadline := time.NewTimer(10 * time.Second)
	defer deadline.Stop()
	for n := range sent {
		select {
		case <-read:
		case <-deadline.C:
			t.Fatalf("stalled after %d of %d packets", n, sent)
		}
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	<-ended
}

// sendWrongChecksum needs the right to send raw packets.
func sendWrongChecksum(t *testing.T, to netip.AddrPort) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_RAW)
	if errors.Is(err, unix.EPERM) {
		t.Skip("SKIPPED: sending a wrong checksum needs root")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	const payload = 400 // shorter ones are checked before they are announced
	packet := make([]byte, 20+8+payload)
	packet[0], packet[8], packet[9] = 0x45, 64, unix.IPPROTO_UDP
	binary.BigEndian.PutUint16(packet[2:], uint16(len(packet)))
	addr := to.Addr().As4()
	copy(packet[12:], addr[:])
	copy(packet[16:], addr[:])
	udp := packet[20:]
	binary.BigEndian.PutUint16(udp, 4444)
	binary.BigEndian.PutUint16(udp[2:], to.Port())
	binary.BigEndian.PutUint16(udp[4:], uint16(len(udp)))
	binary.BigEndian.PutUint16(udp[6:], 0x1234)
	if err := unix.Sendto(fd, packet, 0, &unix.SockaddrInet4{Addr: addr}); err != nil {
		t.Fatal(err)
	}
}
