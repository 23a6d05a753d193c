//go:build !lab

package lab

const inLab = false
