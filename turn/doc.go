// Package turn relays media for those whose network lets no UDP through.
package turn
