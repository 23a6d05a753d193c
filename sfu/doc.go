// Package sfu forwards the media of hearings.
package sfu
