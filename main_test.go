package main

import (
	"encoding/json"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

// allowed is DESIGN's table of who may import whom, and who alone may import
// what from outside.
var allowed = map[string][]string{
	"jalsa":                      {"jalsa/booking", "jalsa/load", "jalsa/sfu", "jalsa/signaling", "jalsa/strangers", "jalsa/turn", "jalsa/web", "jalsa/web/mail"},
	"jalsa/booking":              {"jalsa/strangers"},
	"jalsa/sfu":                  {},
	"jalsa/strangers":            {}, // nothing but a way to count
	"jalsa/turn":                 {"jalsa/strangers"},
	"jalsa/signaling":            {"jalsa/booking", "jalsa/sfu", "jalsa/strangers"},
	"jalsa/signaling/conference": {"jalsa/booking"},
	"jalsa/web":                  {"jalsa/booking", "jalsa/strangers"},
	"jalsa/load":                 {"jalsa/signaling"}, // clients, who know the wire and nothing behind it
	"jalsa/lab":                  {"jalsa/booking", "jalsa/load", "jalsa/signaling"},
	"jalsa/lab/linkem":           {"jalsa/lab/link"},
	"jalsa/lab/flood":            {"jalsa/lab/forge"},
}

var only = map[string][]string{
	"go.etcd.io/bbolt":             {"jalsa/booking"},
	"github.com/pion/turn/v5":      {"jalsa/turn"},
	"github.com/gorilla/websocket": {"jalsa/signaling", "jalsa/load"}, // the two ends of the wire
	"github.com/wneessen/go-mail":  {"jalsa/web/mail"},
}

func TestImportDirections(t *testing.T) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports,Doc", "./...").Output()
	if err != nil {
		t.Fatalf("list packages: %v", err)
	}
	for d := json.NewDecoder(strings.NewReader(string(out))); d.More(); {
		var p struct {
			ImportPath, Doc string
			Imports         []string
		}
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		if p.Doc == "" {
			t.Errorf("%s has no package comment", p.ImportPath)
		}
		may, known := allowed[p.ImportPath]
		if parent := path.Dir(p.ImportPath); !known && parent != "jalsa" {
			may, known = append([]string{}, allowed[parent]...), true
		}
		if !known {
			t.Errorf("%s is not in the layout", p.ImportPath)
		}
		for _, i := range p.Imports {
			own := strings.HasPrefix(i, p.ImportPath+"/")
			if strings.HasPrefix(i, "jalsa/") && !own && !slices.Contains(may, i) {
				t.Errorf("%s imports %s against the layout", p.ImportPath, i)
			}
			if owners := only[i]; owners != nil && !slices.Contains(owners, p.ImportPath) {
				t.Errorf("%s imports %s, which only %v may", p.ImportPath, i, owners)
			}
		}
	}
}
