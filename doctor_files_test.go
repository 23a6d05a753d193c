package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestDoctorOnFiles(t *testing.T) {
	server := reader{known: true, uid: 990, groups: []int{980, 981}}
	root := step{path: "/", mode: fs.ModeDir | 0o755}
	on := func(r reader, way ...step) []finding {
		return judgeFiles(r, []namedFile{{setting: "--smtp-password-file", path: "/etc/jalsa/secret", way: append([]step{root}, way...)}})
	}
	folder := func(mode fs.FileMode, uid, gid int) step {
		return step{path: "/etc/jalsa", mode: fs.ModeDir | mode, uid: uid, gid: gid}
	}
	file := func(mode fs.FileMode, uid, gid int) step {
		return step{path: "/etc/jalsa/secret", mode: mode, uid: uid, gid: gid}
	}
	noMode := file(0o600, 0, 0)
	noMode.listed = true
	checkAll(t,
		diagnosis{"as README says", on(server, folder(0o750, 0, 980), file(0o640, 0, 980)), fine, "/etc/jalsa/secret"},
		diagnosis{"by another group of theirs", on(server, file(0o640, 0, 981)), fine, "may read"},
		diagnosis{"their own", on(server, file(0o400, 990, 0)), fine, "may read"},
		diagnosis{"anybody's", on(server, file(0o604, 0, 0)), fine, "may read"},
		diagnosis{"root's alone", on(server, folder(0o755, 0, 0), file(0o600, 0, 0)), problem, "/etc/jalsa/secret has the mode 0600"},
		diagnosis{"of their group, closed to it", on(server, file(0o604, 0, 980)), problem, "chgrp 980 /etc/jalsa/secret && chmod 0640 /etc/jalsa/secret"},
		diagnosis{"their own, closed to them", on(server, file(0o044, 990, 980)), problem, "mode 0044"},
		diagnosis{"in a folder of root", on(server, folder(0o700, 0, 0), file(0o644, 0, 0)), problem, "g+x /etc/jalsa"},
		diagnosis{"in a folder that can be listed only", on(server, folder(0o744, 0, 0), file(0o644, 0, 0)), problem, "--smtp-password-file"},
		diagnosis{"with an access list", on(server, noMode), unseen, "access list"},
		diagnosis{"nobody knows whose", on(reader{}, file(0o600, 0, 0)), unseen, "after the first start"},
		diagnosis{"not to be looked at", judgeFiles(server, []namedFile{{path: "x", err: fs.ErrPermission}}), unseen, "run this as root"},
	)
	for name, found := range map[string][]finding{
		"no file is named":       judgeFiles(server, nil),
		"the server is root":     on(reader{known: true, groups: []int{0}}, file(0o600, 0, 0)),
		"the server's user asks": on(reader{known: true, self: true, uid: 990, groups: []int{980}}, file(0o600, 0, 0)),
		"a file is missing":      judgeFiles(server, []namedFile{{path: "x", err: fs.ErrNotExist}}),
	} {
		if len(found) != 0 {
			t.Errorf("%s: %+v", name, found)
		}
	}
}

// Where a name stands for another file, whoever reads it passes the folders of both.
func TestWayToAFile(t *testing.T) {
	folder, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	stranger := reader{known: true, uid: os.Getuid() + 4242, groups: []int{os.Getgid() + 4242}}
	in := func(parts ...string) string { return filepath.Join(append([]string{folder}, parts...)...) }
	for _, name := range []string{"live", "archive"} {
		if err := os.Mkdir(in(name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(in("archive", "key"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../archive/key", in("live", "key")); err != nil {
		t.Fatal(err)
	}
	all := []namedFile{{setting: "--tls-key", path: in("live", "key")}}
	for _, closed := range []string{"live", "archive", "archive/key", ""} {
		for name, mode := range map[string]fs.FileMode{"live": 0o755, "archive": 0o755, "archive/key": 0o644} {
			if name == closed {
				mode = 0o700
			}
			if err := os.Chmod(in(name), mode); err != nil {
				t.Fatal(err)
			}
		}
		seen := lookAtFiles(all)
		above := func(s step) bool { return !strings.HasPrefix(s.path, in("")+"/") } // of the machine
		seen[0].way = slices.DeleteFunc(seen[0].way, above)
		found := judgeFiles(stranger, seen)
		want := fine
		if closed != "" {
			want = problem
		}
		diagnosis{"closed: " + closed, found, want, in(closed)}.check(t)
		if len(found) != 1 || strings.Contains(found[0].Found, "belongs to") && !strings.Contains(found[0].Found, in(closed)+" has the mode 0700") {
			t.Errorf("closed %q: %+v", closed, found)
		}
	}
	if r := readerOf(folder, os.Getuid()+1); !r.known || r.self || r.uid != os.Getuid() || len(r.groups) == 0 {
		t.Errorf("reader of a folder of ours: %+v", r)
	}
	if r := readerOf(folder, os.Getuid()); !r.self {
		t.Errorf("we look: %+v", r)
	}
	if r := readerOf(in("none"), 0); r.known {
		t.Errorf("reader of no folder: %+v", r)
	}
}
