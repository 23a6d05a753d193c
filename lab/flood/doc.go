// Command flood is what strangers send at a server from outside: packets of every kind of lab/forge to the media port,
// and to the relay over UDP and TCP, from many ports and at a steady rate. It prints what it sent, and how many bytes it
// was answered, as JSON.
package main
