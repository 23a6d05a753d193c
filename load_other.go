//go:build !linux

package main

import "time"

// used is not known on this system.
func used() (processor time.Duration, resident uint64) { return 0, 0 }
