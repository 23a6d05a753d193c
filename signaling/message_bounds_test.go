package signaling

import (
	"strings"
	"testing"
)

func TestBounds(t *testing.T) {
	for _, c := range []struct {
		m    bounded
		want string
	}{
		{Suspend{Reason: "witness"}, ""},
		{Suspend{Reason: "no_host"}, errBadMessage}, // the server's own
		{Suspend{}, errBadMessage},
		{Extend{Minutes: 5}, ""},
		{Extend{Minutes: 7}, errBadMessage},
		{Extend{Minutes: longestExtension}, ""},
		{Extend{Minutes: longestExtension + 5}, errBadMessage},
		{Extend{}, errBadMessage},
		{Extend{Minutes: -15}, errBadMessage},
		{Announce{Text: strings.Repeat("ج", maxNotice)}, ""}, // characters, not bytes
		{Announce{Text: strings.Repeat("a", maxNotice+1)}, errTooLong},
		{Announce{Text: " \n"}, errBadMessage},
		{Ask{Number: 3, What: "camera"}, ""},
		{Ask{Number: 3, What: "screen"}, errBadMessage},
		{Layout{Layout: "document"}, ""},
		{Layout{}, errBadMessage},
		{Share{On: true, Mode: "motion"}, ""},
		{Share{On: true}, errBadMessage},
		{Share{}, ""},
		{Share{Mode: "film"}, errBadMessage},
		{Say{To: "all", Text: "deux\nlignes\tet plus"}, ""},
		{Say{To: "one", Number: 3, Text: "a"}, ""},
		{Say{To: "one", Text: "a"}, errBadMessage},
		{Say{To: "hosts", Number: 3, Text: "a"}, errBadMessage},
		{Say{To: "bench", Text: "a"}, errBadMessage},
		{Say{To: "all", Text: strings.Repeat("é", maxText)}, ""},
		{Say{To: "all", Text: strings.Repeat("é", maxText+1)}, errTooLong},
		{Say{To: "all", Text: "a\x00b"}, errBadMessage},
		{Say{To: "all", Text: "a\u202eb"}, errBadMessage},
		{Say{To: "all", Text: "\u202bعربية\u202c"}, ""},
		{Say{To: "all", Text: "می\u200cخواهم"}, ""},
		{Say{To: "all", Text: "\u200b\u2067 \u2069\ufeff"}, errBadMessage}, // nothing that shows
		{Say{To: "all", Room: "a/b", Text: "a"}, errBadMessage},
		{Consult{Numbers: []uint32{3, 4}}, ""},
		{Consult{}, errBadMessage},
		{Consult{Numbers: []uint32{3, 3}}, errBadMessage},
		{Consult{Numbers: make([]uint32, maxCalled+1)}, errBadMessage},
		{Accept{Room: "k7Qx2mVb9TfA"}, ""},
		{Accept{}, errBadMessage},
		{Decline{Room: "../other"}, errBadMessage},
		{Knock{Room: strings.Repeat("a", maxRoomName+1)}, errBadMessage},
		{Channel{}, ""},
		{Channel{Language: "zgh-Tfng"}, ""},
		{Listen{Language: "fr_FR"}, errBadMessage},
		{Listen{Language: strings.Repeat("a", maxLanguage+1)}, errBadMessage},
	} {
		if got := c.m.check(); got != c.want {
			t.Errorf("%s %+v: %q, want %q", c.m.Type(), c.m, got, c.want)
		}
	}
}
