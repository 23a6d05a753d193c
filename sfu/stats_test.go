package sfu

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"
)

// TestEveryReasonIsCounted: a drop whose reason had no counter would be a panic on the path of a packet.
func TestEveryReasonIsCounted(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "stats.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	counted, named := newDrops(), 0
	ast.Inspect(file, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := v.Type.(*ast.Ident); !ok || kind.Name != "drop" {
			return true
		}
		for _, value := range v.Values {
			named++
			reason, err := strconv.Unquote(value.(*ast.BasicLit).Value)
			if err != nil || counted[drop(reason)] == nil {
				t.Errorf("%q has no counter, %v", reason, err)
			}
		}
		return true
	})
	if named != len(counted) || named == 0 {
		t.Errorf("%d reasons, %d counters", named, len(counted))
	}
}
