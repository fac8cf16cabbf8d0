package trunk

import (
	"reflect"

	"github.com/goccy/go-yaml/ast"

	"presszero/internal/yamlfile"
)

// file is trunks.yaml as it is written; trunks.schema.json tells editors the same.
type file struct {
	Country   text        `yaml:"country"`
	TLS       fileTLS     `yaml:"tls"`
	Trunks    fileTrunks  `yaml:"trunks"`
	Routes    []fileRoute `yaml:"routes"`
	Show      fileShow    `yaml:"show"`
	Emergency text        `yaml:"emergency"`
}

type fileTLS struct {
	Certificate text `yaml:"certificate" form:"text"`
	Key         text `yaml:"key" form:"text"`
	Authorities text `yaml:"authorities" form:"text"`
}

// fileTrunk is one trunk: what only its owner knows, and settings, which a preset
// may hold too.
type fileTrunk struct {
	name string
	key  ast.Node // where the name is written

	Preset   text         `yaml:"preset"`
	User     text         `yaml:"user" form:"secret"`
	AuthUser text         `yaml:"auth_user" form:"secret"`
	Password filePassword `yaml:"password"`
	Numbers  list         `yaml:"numbers"`
	settings
}

// settings are the fields of a trunk that are the same for all customers of a
// provider.
type settings struct {
	SignIn    text       `yaml:"sign_in"`
	Server    text       `yaml:"server"`
	Proxy     text       `yaml:"proxy"`
	Domain    text       `yaml:"domain"`
	Transport text       `yaml:"transport"`
	Media     text       `yaml:"media"`
	From      list       `yaml:"from"`
	DialledIn list       `yaml:"dialled_in"`
	Writes    fileWrites `yaml:"writes"`
	CallerID  text       `yaml:"caller_id"`
	Trust     text       `yaml:"trust"`
	Codecs    list       `yaml:"codecs"`
	Keys      text       `yaml:"keys"`
	LeadIn    text       `yaml:"lead_in"`
	Limits    fileLimits `yaml:"limits"`
	MediaSec  text       `yaml:"media_sec"`
}

type fileWrites struct {
	In     text `yaml:"in"`
	Out    text `yaml:"out"`
	Prefix text `yaml:"prefix" form:"empty"`
}

type fileLimits struct {
	Channels       text `yaml:"channels"`
	CallsPerSecond text `yaml:"calls_per_second"`
	CallsPerDay    text `yaml:"calls_per_day"`
	Check          text `yaml:"check"`
	Expiry         text `yaml:"expiry"`
}

type fileRoute struct {
	To  list     `yaml:"to"`
	Via list     `yaml:"via"`
	at  ast.Node // nil: it could not be read
}

// Read reads the route, and remembers where it begins.
func (f *fileRoute) Read(d *yamlfile.Decoder, node ast.Node, _ string) {
	type plain fileRoute
	d.Decode(node, (*plain)(f), "")
	if _, ok := node.(ast.MapNode); ok {
		f.at = node
	}
}

type fileShow struct {
	Default text  `yaml:"default"`
	Queues  named `yaml:"queues"`
	Agents  named `yaml:"agents"`
}

// text is a scalar as it is written.
type text struct {
	value string
	at    ast.Node // nil: it is not written
	bad   bool     // it could not be read, which a finding says
}

// Read reads the scalar. Only with the form "empty" may it be empty.
func (t *text) Read(d *yamlfile.Decoder, node ast.Node, form string) {
	t.at = node
	value, ok := d.Scalar(node, form)
	if ok && value == "" && form != "empty" {
		d.Refuse(node, "this value is empty; write it, or remove the field")
		ok = false
	}
	t.value, t.bad = value, !ok
}

// missing reports whether the value is not written at all.
func (t text) missing() bool { return t.at == nil }

// list is a list of scalars.
type list struct {
	items []text
	at    ast.Node // nil: it is not written
}

// Read reads the list.
func (l *list) Read(d *yamlfile.Decoder, node ast.Node, form string) {
	l.at = node
	d.Decode(node, &l.items, form)
}

// named are scalars by name, in the order of the file.
type named []namedText

type namedText struct {
	name string
	key  ast.Node
	text
}

// Read reads the names and their scalars.
func (n *named) Read(d *yamlfile.Decoder, node ast.Node, form string) {
	d.Entries(node, func(name string, at, value ast.Node) {
		one := namedText{name: name, key: at}
		d.Decode(value, &one.text, form)
		if one.missing() {
			d.Refuse(at, "nothing is written behind %q; write one of our numbers or the word %s, or remove the line", name, Withheld)
		}
		*n = append(*n, one)
	})
}

// fileTrunks are the trunks in the order of the file.
type fileTrunks []fileTrunk

// Read reads the trunks.
func (f *fileTrunks) Read(d *yamlfile.Decoder, node ast.Node, _ string) {
	d.Entries(node, func(name string, at, value ast.Node) {
		one := fileTrunk{name: name, key: at}
		d.Decode(value, &one, "")
		*f = append(*f, one)
	})
}

// filePassword is where a password is.
type filePassword struct {
	File, Env text
	at        ast.Node // nil: it is not written
	bad       bool     // it could not be read, which a finding says
}

// Read reads where the password is. None of its findings quotes what is written,
// since that may be the password.
func (p *filePassword) Read(d *yamlfile.Decoder, node ast.Node, _ string) {
	p.at = node
	m, ok := node.(ast.MapNode)
	if !ok {
		p.bad = true
		d.Refuse(node, "a password does not stand in this file; write where it is: {file: PATH} or {env: NAME}")
		return
	}
	for it := m.MapRange(); it.Next(); {
		into := &p.Env
		switch it.Key().GetToken().Value {
		case "file":
			into = &p.File
		case "env":
		default:
			p.bad = true
			d.Refuse(it.Key(), "password has one field, file or env; write {file: PATH} or {env: NAME}")
			continue
		}
		d.Decode(it.Value(), into, "secret")
		p.bad = p.bad || into.bad
	}
	if !p.bad && p.File.missing() == p.Env.missing() {
		p.bad = true
		d.Refuse(node, "password has one field, file or env, with a value; write {file: PATH} or {env: NAME}")
	}
}

// fillFrom takes from a preset what a trunk leaves out. Findings about it are told at
// the name of the preset.
func (s *settings) fillFrom(preset settings, at ast.Node) {
	fillMissing(reflect.ValueOf(s).Elem(), reflect.ValueOf(preset), at)
}

func fillMissing(into, from reflect.Value, at ast.Node) {
	for i := range into.NumField() {
		switch field := into.Field(i).Addr().Interface().(type) {
		case *text:
			if value := from.Field(i).Interface().(text); field.missing() && !value.missing() {
				*field = text{value: value.value, at: at}
			}
		case *list:
			if value := from.Field(i).Interface().(list); field.at == nil && value.at != nil {
				*field = list{at: at}
				for _, item := range value.items {
					field.items = append(field.items, text{value: item.value, at: at})
				}
			}
		default:
			fillMissing(into.Field(i), from.Field(i), at)
		}
	}
}
