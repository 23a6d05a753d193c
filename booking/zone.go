package booking

import (
	"archive/zip"
	"bytes"
	_ "embed"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

//go:generate ./zoneinfo/update.sh
//go:embed zoneinfo/zoneinfo.zip
var zoneinfo []byte

// zones is the embedded tz database: an index made once, and the locations parsed so far.
// Being derived from the embedded bytes alone, it is a constant that is computed late.
var zones struct {
	once   sync.Once
	files  map[string]*zip.File
	parsed sync.Map // name to *time.Location
}

// Zone returns the time zone with this IANA name, always from the embedded data and never from the system, whose
// rules may be years old. ErrUnknownZone otherwise; "Local" and "" are unknown.
func Zone(name string) (*time.Location, error) {
	if l, ok := zones.parsed.Load(name); ok {
		return l.(*time.Location), nil
	}
	data, err := readZone(name)
	if err != nil {
		return nil, fmt.Errorf("%w %q", ErrUnknownZone, name)
	}
	l, err := time.LoadLocationFromTZData(name, data)
	if err != nil {
		return nil, fmt.Errorf("read time zone %q: %w", name, err)
	}
	first, _ := zones.parsed.LoadOrStore(name, l)
	return first.(*time.Location), nil
}

// TZDBVersion is the release of the embedded tz database, as in "2026f".
func TZDBVersion() string {
	version, err := readZone("version")
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(version))
}

func readZone(name string) ([]byte, error) {
	zones.once.Do(indexZones)
	f, ok := zones.files[name]
	if !ok {
		return nil, ErrUnknownZone
	}
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

func indexZones() {
	zones.files = make(map[string]*zip.File)
	r, err := zip.NewReader(bytes.NewReader(zoneinfo), int64(len(zoneinfo)))
	if err != nil {
		return // a build without data knows no zone; the tests of this package would not pass
	}
	for _, f := range r.File {
		zones.files[f.Name] = f
	}
}
