package trunk

import (
	_ "embed"
	"maps"
	"slices"
	"sync"

	"presszero/internal/yamlfile"
)

// Example is a file of trunks to begin with.
//
//go:embed example.yaml
var Example []byte

// Schema is the JSON Schema of trunks.yaml, for editors.
//
//go:embed trunks.schema.json
var Schema []byte

//go:embed presets.yaml
var presetsText []byte

// Preset is what trunks of one provider have in common.
type Preset struct {
	Name     string
	LookedUp string // the day on which it was compared with Source, as 2026-11-25
	Source   string // where the provider, or another source, says so
	Note     string // what it leaves to be written, and the trap, in one or two sentences
}

// Presets returns all presets by name.
func Presets() []Preset {
	var all []Preset
	for _, name := range presetNames() {
		p := presets()[name]
		all = append(all, Preset{name, p.LookedUp.value, p.Source.value, p.Note.value})
	}
	return all
}

// filePreset is a preset as presets.yaml has it.
type filePreset struct {
	LookedUp text `yaml:"looked_up"`
	Source   text `yaml:"source" form:"text"`
	Note     text `yaml:"note" form:"text"`
	settings
}

// presets are those of presets.yaml.
var presets = sync.OnceValue(func() map[string]filePreset {
	all, found := readPresets(presetsText)
	if len(found) > 0 {
		panic(found) // it is part of the program, and tested
	}
	return all
})

func readPresets(text []byte) (map[string]filePreset, yamlfile.Findings) {
	var all map[string]filePreset
	_, found := yamlfile.Decode("presets.yaml", text, &all, kind)
	return all, found
}

func presetNames() []string { return slices.Sorted(maps.Keys(presets())) }
