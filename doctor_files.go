package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Files that the settings name are read by the user of the server, while it is root who looks, and root may read all. So
// each is held to its mode, and to those of the folders on the way, with the eyes of that user.

// reader is the user that the server runs as, so far as that can be known: to whom its data folder belongs.
type reader struct {
	known  bool
	self   bool // it is who looks: then every other look has told already what cannot be read
	uid    int
	groups []int // their own first
}

// readerOf is the reader for a data folder, when the user self looks.
func readerOf(data string, self int) reader {
	info, err := os.Stat(data)
	if err != nil {
		return reader{}
	}
	uid, gid, ok := ownerOf(info)
	if !ok {
		return reader{}
	}
	r := reader{known: true, self: uid == self, uid: uid, groups: []int{gid}}
	u, err := user.LookupId(strconv.Itoa(uid))
	if err != nil {
		return r
	}
	if own, err := strconv.Atoi(u.Gid); err == nil {
		r.groups = []int{own}
	}
	others, _ := u.GroupIds()
	for _, id := range others {
		if n, err := strconv.Atoi(id); err == nil && !slices.Contains(r.groups, n) {
			r.groups = append(r.groups, n)
		}
	}
	return r
}

// step is a folder on the way to a file, or the file itself.
type step struct {
	path     string
	mode     fs.FileMode
	uid, gid int
	listed   bool // an access list says more than the mode
}

// may reports whether a folder can be entered or a file be read, by its mode: the first of owner, group and others that
// fits decides (path_resolution(7)).
func (r reader) may(s step) bool {
	var bit fs.FileMode = 0o4
	if s.mode.IsDir() {
		bit = 0o1
	}
	switch {
	case r.uid == 0:
		return true
	case r.uid == s.uid:
		bit <<= 6
	case slices.Contains(r.groups, s.gid):
		bit <<= 3
	}
	return s.mode.Perm()&bit != 0
}

// namedFile is a file that a setting names.
type namedFile struct {
	setting, path string
	way           []step // the folders from the root on, then the file
	err           error  // why it could not be looked at
}

func (c *doctorCommand) files(s *settings) (all []namedFile) {
	for _, f := range []namedFile{
		{setting: "--config", path: string(s.Config)},
		{setting: "--tls-cert", path: c.TLSCert}, {setting: "--tls-key", path: c.TLSKey}, {setting: "--acme-ca-root", path: c.ACMECARoot},
		{setting: "--smtp-password-file", path: c.SMTPPasswordFile},
	} {
		if f.path != "" {
			all = append(all, f)
		}
	}
	return all
}

func lookAtFiles(all []namedFile) []namedFile {
	for i := range all {
		all[i].way, all[i].err = wayTo(all[i].path)
	}
	return all
}

// wayTo is what one passes to read a file; where a name stands for another one, the ways to both.
func wayTo(path string) (way []step, err error) {
	named, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	real, err := filepath.EvalSymlinks(named)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, end := range []string{named, real} {
		for at := filepath.Dir(end); !slices.Contains(all, at); at = filepath.Dir(at) {
			all = append(all, at)
		}
	}
	slices.Sort(all) // a folder before what is in it
	for _, at := range append(all, real) {
		info, err := os.Stat(at)
		if err != nil {
			return nil, err
		}
		s := step{path: at, mode: info.Mode(), listed: listed(at)}
		s.uid, s.gid, _ = ownerOf(info)
		way = append(way, s)
	}
	return way, nil
}

func judgeFiles(r reader, all []namedFile) (found []finding) {
	const check = "files"
	switch {
	case len(all) == 0 || r.known && (r.self || r.uid == 0):
		return nil
	case !r.known:
		return []finding{unseen.of(check, "whether the user of the server may read the files that the settings name: to whom the data folder belongs tells who that is").so("run this again after the first start")}
	}
	var read []string
	for _, f := range all {
		i := slices.IndexFunc(f.way, func(s step) bool { return !r.may(s) })
		switch {
		case errors.Is(f.err, fs.ErrNotExist): // is told where it is missed
		case f.err != nil:
			found = append(found, unseen.of(check, "whether %s, as whom the server runs, may read %s (%s): %v", userName(r.uid), f.path, f.setting, f.err).so("run this as root"))
		case i < 0:
			read = append(read, f.path)
		default:
			found = append(found, r.stopped(f, f.way[i]))
		}
	}
	if len(found) == 0 && len(read) > 0 {
		found = append(found, fine.of(check, "%s, as whom the server runs, may read %s", userName(r.uid), strings.Join(read, ", ")))
	}
	return found
}

// stopped is the finding on a file at the step at which the reader gets no further.
func (r reader) stopped(f namedFile, at step) finding {
	const check = "files"
	who, group := userName(r.uid), groupName(r.groups[0])
	if at.listed {
		return unseen.of(check, "whether %s, as whom the server runs, may read %s (%s): %s has an access list", who, f.path, f.setting, at.path).so("runuser -u %s -- wc -c %s", who, f.path)
	}
	told := problem.of(check, "%s, as whom the server runs, may not read %s (%s): %s has the mode %04o and belongs to %s:%s", who, f.path, f.setting, at.path, at.mode.Perm(), userName(at.uid), groupName(at.gid))
	if at.mode.IsDir() {
		return told.so("put the file where %s may go: install -m 0640 -g %s %s /etc/jalsa/; or let its group into the folder: chgrp %s %s && chmod g+x %s", who, group, f.path, group, at.path, at.path)
	}
	return told.so("chgrp %s %s && chmod 0640 %s", group, at.path, at.path)
}

func groupName(gid int) string {
	id := fmt.Sprint(gid)
	if g, err := user.LookupGroupId(id); err == nil {
		return g.Name
	}
	return id
}
