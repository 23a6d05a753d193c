package main

import (
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"
)

// settingsFile resolves flags from a YAML file: `listen: 0.0.0.0:8080` sets
// --listen for every command that has it. The environment wins over it.
type settingsFile map[string]any

func readSettings(r io.Reader) (kong.Resolver, error) {
	file := settingsFile{}
	if err := yaml.NewDecoder(r).Decode(&file); err != nil && err != io.EOF {
		return nil, fmt.Errorf("read settings file: %w", err)
	}
	return file, nil
}

// Validate refuses a name that no command knows, since a misspelt setting
// that is silently ignored is found out too late.
func (f settingsFile) Validate(app *kong.Application) error {
	known := []string{}
	collect := func(n *kong.Node) {
		for _, flag := range n.Flags {
			known = append(known, flag.Name)
		}
	}
	collect(app.Node)
	for _, leaf := range app.Leaves(false) {
		collect(leaf)
	}
	for name := range f {
		if !slices.Contains(known, name) {
			return fmt.Errorf("settings file: there is no setting %q", name)
		}
	}
	return nil
}

func (f settingsFile) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Envs {
		if _, set := os.LookupEnv(name); set {
			return nil, nil
		}
	}
	value, ok := f[flag.Name]
	if !ok {
		return nil, nil
	}
	if list, ok := value.([]any); ok {
		return list, nil
	}
	return fmt.Sprint(value), nil
}
