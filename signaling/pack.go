package signaling

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"io"

	"jalsa/sfu"
)

// maxSDP is in bytes, sfu's own limit of an offer: nothing is inflated beyond it.
const maxSDP = 48 << 10

// pack writes a session description as base64 of gzip.
func pack(sdp string) string {
	var out bytes.Buffer
	text := base64.NewEncoder(base64.StdEncoding, &out)
	zip, _ := gzip.NewWriterLevel(text, gzip.BestCompression) // the level is one of its own
	_, _ = io.WriteString(zip, sdp)                           // a Buffer takes everything
	_ = zip.Close()
	_ = text.Close()
	return out.String()
}

// unpack reads what a client packed. The error is sfu's for an offer that is
// too large or malformed, wrapped.
func unpack(packed string) (string, error) {
	data, err := base64.StdEncoding.DecodeString(packed)
	if err != nil {
		return "", fmt.Errorf("%w: base64", sfu.ErrMalformed)
	}
	in := bytes.NewReader(data)
	zip, err := gzip.NewReader(in)
	if err != nil {
		return "", fmt.Errorf("%w: gzip", sfu.ErrMalformed)
	}
	zip.Multistream(false)
	sdp, err := io.ReadAll(io.LimitReader(zip, maxSDP+1))
	switch {
	case err != nil:
		return "", fmt.Errorf("%w: gzip", sfu.ErrMalformed)
	case len(sdp) > maxSDP:
		return "", sfu.ErrSDPTooLarge
	case in.Len() > 0:
		return "", fmt.Errorf("%w: data after gzip", sfu.ErrMalformed)
	}
	return string(sdp), nil
}
