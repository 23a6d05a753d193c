//go:build lab && linux

package lab

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// disk is a file system of its own in an image file, which can lose its power.
// It needs root and loop devices.
type disk struct {
	t      testing.TB
	image  string
	folder string // where it is mounted
}

// newDisk makes an empty ext4 that writes nothing to its device unless it is
// told to: what a program did not sync is in memory only, for a quarter of an hour.
func newDisk(t testing.TB) *disk {
	t.Helper()
	d := &disk{t: t, image: filepath.Join(t.TempDir(), "disk")}
	if err := os.WriteFile(d.image, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(d.image, 64<<20); err != nil {
		t.Fatal(err)
	}
	run(t, "mkfs.ext4", "-q", d.image)
	d.mount()
	return d
}

func (d *disk) mount() {
	d.t.Helper()
	d.folder = d.t.TempDir()
	run(d.t, "mount", "-o", "loop,commit=1000", d.image, d.folder)
	d.t.Cleanup(d.unmount)
}

// unmount is lazy: a program that is still there does not hinder it.
func (d *disk) unmount() {
	if d.folder != "" {
		_ = syscall.Unmount(d.folder, syscall.MNT_DETACH) // a failure shows when the folder is removed
		d.folder = ""
	}
}

// cut returns what would be on the disk if the power failed now, after the
// file system has replayed its own journal. The disk itself goes on.
func (d *disk) cut() *disk {
	d.t.Helper()
	after := &disk{t: d.t, image: filepath.Join(d.t.TempDir(), "after")}
	run(d.t, "cp", "--sparse=always", d.image, after.image)
	after.mount()
	return after
}

func run(t testing.TB, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v %s", name, args, err, out)
	}
}

// altered builds the program with one line of one file replaced, for a test
// that must fail with it.
func altered(t testing.TB, file, old, new string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", file))
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if strings.Count(string(source), old) != 1 {
		t.Fatalf("%s does not hold %q once", file, old)
	}
	changed := strings.Replace(string(source), old, new, 1)
	copied, overlay, program := filepath.Join(folder, "copy.go"), filepath.Join(folder, "overlay.json"), filepath.Join(folder, "jalsa")
	for name, text := range map[string]string{copied: changed, overlay: fmt.Sprintf(`{"Replace":{%q:%q}}`, path, copied)} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run(t, "go", "build", "-overlay", overlay, "-o", program, "jalsa")
	return program
}
