package main

import (
	"errors"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// The data folder holds the books. Each decision is written and synced before anybody hears of it, so a slow disk is a
// slow server, and a full one takes no more bookings.

const inMemory = "memory" // a file system that forgets

// disk is what the data folder lies on.
type disk struct {
	folder  string
	missing bool // the folder: then the rest is of the nearest one above it
	at      string
	mode    fs.FileMode
	owner   int  // user id
	self    int  // user id of who looks
	held    bool // by a running server, which writes there
	free    int64
	kind    string        // of file system, "" for one that needs no word
	sync    time.Duration // median of writing and syncing one page
	denied  error         // why nothing could be written
	err     error         // why it could not be looked at
}

func lookAtDisk(data string, running bool) disk {
	d := disk{folder: data, held: running, self: os.Geteuid()}
	path, err := filepath.Abs(data)
	if err != nil {
		d.err = err
		return d
	}
	info, err := os.Stat(path)
	for errors.Is(err, fs.ErrNotExist) && path != "/" {
		d.missing, path = true, filepath.Dir(path)
		info, err = os.Stat(path)
	}
	if d.at = path; err != nil {
		d.err = err
		return d
	}
	d.mode = info.Mode()
	d.owner, _, _ = ownerOf(info)
	d.free, d.kind, d.err = space(path)
	d.sync, d.denied = syncTime(path)
	return d
}

// syncTime writes and syncs a page a few times, as the books do. The file is gone afterwards.
func syncTime(folder string) (time.Duration, error) {
	f, err := os.CreateTemp(folder, ".doctor.*")
	if err != nil {
		return 0, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	page := make([]byte, 4096)
	var took []time.Duration
	for range 5 {
		began := time.Now()
		if _, err := f.WriteAt(page, 0); err != nil {
			return 0, err
		}
		if err := f.Sync(); err != nil {
			return 0, err
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	return took[len(took)/2], nil
}

const (
	slowSync  = 100 * time.Millisecond // a booking syncs twice; from here on people wait for it
	tooLittle = 200 << 20              // the books of a busy year are far smaller, but a log may fill the rest
	little    = 1 << 30
)

func judgeDisk(d disk) []finding {
	const check = "disk"
	owned := "install -d -m 0700 -o jalsa -g jalsa " + d.folder
	switch {
	case errors.Is(d.err, fs.ErrPermission):
		return []finding{unseen.of(check, "this user may not look at %s", d.at).so("run this as the user of the server, or as root")}
	case d.err != nil:
		return []finding{problem.of(check, "%s cannot be looked at: %v", d.at, d.err).so("choose another --data, or find out with: dmesg")}
	case errors.Is(d.denied, syscall.ENOSPC) || d.free < tooLittle && d.denied == nil:
		return []finding{problem.of(check, "%s is full (%s free): soon no booking is taken", d.at, size(int(d.free))).so("make room; look with: du -xsh %s", d.at)}
	case d.denied != nil && d.missing:
		return []finding{problem.of(check, "%s does not exist, and this user may not make it", d.folder).so("%s", owned)}
	case d.denied != nil:
		return []finding{problem.of(check, "%s cannot be written by this user: %v", d.folder, d.denied).so("run this as the user of the server; if that is who you are: %s", owned)}
	}
	if found := d.doubts(); len(found) > 0 {
		return found
	}
	took := d.sync.Round(10 * time.Microsecond)
	if d.missing {
		return []finding{fine.of(check, "%s will be made at the first start; %s free, a write takes %v", d.folder, size(int(d.free)), took)}
	}
	return []finding{fine.of(check, "%s has %s free, a write takes %v", d.folder, size(int(d.free)), took)}
}

// doubts are about a folder that can be used.
func (d disk) doubts() (found []finding) {
	const check = "disk"
	add := func(f finding) { found = append(found, f) }
	switch d.kind {
	case "":
	case inMemory:
		add(problem.of(check, "%s is in memory: the books are gone when the machine restarts", d.at).so("choose a --data on a disk"))
	default:
		add(warning.of(check, "%s is on a file system of kind %s: what is synced there may still be lost, and two servers may open the same books", d.at, d.kind).so("choose a --data on a disk of this machine"))
	}
	if d.sync > slowSync {
		add(warning.of(check, "writing one page to %s takes %v: people wait when they book", d.at, d.sync.Round(time.Millisecond)).so("use a faster disk, or find out who else writes: iotop"))
	}
	if d.free < little {
		add(warning.of(check, "%s has %s free", d.at, size(int(d.free))).so("make room; look with: du -xsh %s", d.at))
	}
	if !d.missing && d.mode.Perm()&0o077 != 0 {
		add(problem.of(check, "%s may be entered by others (%#o): the keys of all links are in it", d.folder, d.mode.Perm()).so("chmod 0700 %s", d.folder))
	}
	if d.self == 0 && !d.held && !d.missing && d.owner != 0 {
		add(unseen.of(check, "whether %s, to whom %s belongs, may write there: root may do everything", userName(d.owner), d.folder).so("runuser -u %s -- jalsa doctor …", userName(d.owner)))
	}
	return found
}

func userName(uid int) string {
	id := strconv.Itoa(uid)
	if u, err := user.LookupId(id); err == nil {
		return u.Username
	}
	return id
}
