// Package plot draws series over time as an SVG picture: panels one under another with a common horizontal axis. It is
// for the eyes of whoever reads the traces of a run, and pure: series in, picture out.
package plot
