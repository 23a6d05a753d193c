package sfu

import (
	"crypto/sha1"
	"encoding/binary"
	"hash/crc32"
	"net/netip"

	"github.com/pion/stun/v4"

	"jalsa/sfu/udp"
)

// consents answers a check of the path that a peer is connected by, which its client sends every few seconds as long as
// the connection lasts (RFC 7675), to know whether we are still there. It changes nothing, so that Pion need not see it;
// another path, or a new answer, is for Pion to learn of.
func (k *iceKey) consents(check []byte, socket *udp.Socket, from netip.AddrPort, out *udp.Burst) bool {
	if k.peer == nil || !k.peer.out.takes(way{socket, from, k.name}) {
		return false
	}
	out.Add(socket, from, len(k.success(out.Space()[:0], check, from)))
	return true
}

const stunFingerprint = 0x5354554e // what a checksum of STUN differs by from another (RFC 8489, section 14.7)

// success appends the answer to a check: from where it came, signed (RFC 8489, sections 14.2, 14.5 and 14.7).
func (k *iceKey) success(b, check []byte, from netip.AddrPort) []byte {
	b = binary.BigEndian.AppendUint16(b, stun.BindingSuccess.Value())
	b = append(b, 0, 0)
	b = append(b, check[4:stunHeader]...)
	mask := b[4:stunHeader] // the cookie and the number of the transaction, of which addresses are made unlike addresses
	whole := from.Addr().As16()
	family, address := byte(2), whole[:]
	if from.Addr().Is4() {
		family, address = 1, whole[12:]
	}
	b = appendAttribute(b, stun.AttrXORMappedAddress, 4+len(address))
	b = append(b, 0, family)
	b = binary.BigEndian.AppendUint16(b, from.Port()^binary.BigEndian.Uint16(mask))
	for i, part := range address {
		b = append(b, part^mask[i])
	}
	b = appendAttribute(b, stun.AttrMessageIntegrity, sha1.Size)
	b = k.sign(b)
	b = appendAttribute(b, stun.AttrFingerprint, 4)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[:len(b)-stunAttribute])^stunFingerprint)
}

// appendAttribute begins an attribute of n bytes, and counts it in the length of the message.
func appendAttribute(b []byte, kind stun.AttrType, n int) []byte {
	b = binary.BigEndian.AppendUint16(b, uint16(kind))
	b = binary.BigEndian.AppendUint16(b, uint16(n))
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)-stunHeader+n))
	return b
}

// sign appends the signature of all before its attribute, which has begun.
func (k *iceKey) sign(b []byte) []byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.mac.Reset()
	k.mac.Write(b[:len(b)-stunAttribute])
	return k.mac.Sum(b)
}
