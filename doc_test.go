package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// fileName is a file of Go in prose; of a pattern or of the rest of a name there is none.
var fileName = regexp.MustCompile(`(?:^|[^\w/*.])([a-z][\w/]*\.go)\b`)

// TestPackagePagesNameFilesThatAreThere: a reader who follows a package's page finds each file, beside it or from the top.
func TestPackagePagesNameFilesThatAreThere(t *testing.T) {
	pages := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == "node_modules":
			return fs.SkipDir
		case d.Name() != "doc.go":
			return nil
		}
		pages++
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, found := range fileName.FindAllSubmatch(text, -1) {
			name := string(found[1])
			_, beside := os.Stat(filepath.Join(filepath.Dir(path), name))
			if _, top := os.Stat(name); beside != nil && top != nil {
				t.Errorf("%s names %s", path, name)
			}
		}
		return nil
	})
	if err != nil || pages < 10 {
		t.Errorf("%d pages, %v", pages, err)
	}
}
