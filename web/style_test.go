package web

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// Pages are read from both sides, so styles speak of start and end only. transform-origin alone has no such words.
func TestStylesNameNoSide(t *testing.T) {
	comments := regexp.MustCompile(`(?s)/\*.*?\*/|transform-origin:[^;]*;`)
	side := regexp.MustCompile(`(?m)^.*\b(left|right|margin-(top|bottom)|padding-(top|bottom))\b.*$`)
	files, err := filepath.Glob("style/*.css")
	if err != nil || len(files) < 3 {
		t.Fatalf("style sheets: %v, %v", files, err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if line := side.Find(comments.ReplaceAll(b, nil)); line != nil {
			t.Errorf("%s: %s", file, line)
		}
	}
}
