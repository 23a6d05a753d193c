//go:build !linux

package turn

import "net"

// Prompt changes nothing: each control connection has a goroutine of its own to write.
func Prompt(l net.Listener) net.Listener { return l }

type prompt struct{ net.Conn }

func (*prompt) hurry()        {}
func (*prompt) rests() bool   { return false }
func (*prompt) finish() error { return nil }
