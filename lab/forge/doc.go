// Package forge makes packets as those send them who mean harm: to the media socket, to the relay, and into a call. The
// tests of sfu and lab use it, and the program lab/flood. It is in no product.
package forge
