package retention

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// Levels of free space, in percent of the disk, or of largest where it is larger. Below the first somebody is warned, below
// the second it is urgent, and below the third nothing more is recorded.
var levels = []int{20, 10, 5}

// largest is the size of a disk, in bytes, from which on the levels are the same space: 20,
// 10 and 5 GB are days of recordings.
const largest = 100e9

// Disk is how full the disk of a folder is.
type Disk struct {
	Name  string `json:"name"`  // what is there: state, archive
	Dir   string `json:"-"`     // a folder on it
	Free  int64  `json:"free"`  // bytes, for us
	Total int64  `json:"total"` // bytes
	Level int    `json:"level"` // percent below which it is: 20, 10 or 5; 0: it has room
}

// Guard looks whether disks have room. Full may be asked by any goroutine.
type Guard struct {
	Disks []Disk // Name and Dir
	Log   *slog.Logger

	latest atomic.Pointer[[]Disk]
	usage  func(dir string) (free, total int64, disk any, err error) // of tests; nil: of the disk
}

// lookEvery is how often disks are looked at.
const lookEvery = 10 * time.Second

// Run looks at once and then every 10 s until ctx ends.
func (g *Guard) Run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		g.look()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// look measures the disks, and logs each that has become fuller than a level. Folders on one
// disk are told once, under the first name.
func (g *Guard) look() {
	usage := g.usage
	if usage == nil {
		usage = freeOf
	}
	before := map[string]int{}
	for _, d := range g.Now() {
		before[d.Name] = d.Level
	}
	var list []Disk
	seen := map[any]bool{}
	for _, d := range g.Disks {
		free, total, disk, err := usage(d.Dir)
		if seen[disk] && err == nil {
			continue
		}
		seen[disk] = true
		if d.Free, d.Total = free, total; err != nil || total == 0 {
			g.Log.Warn("how full a disk is cannot be read", "folder", d.Dir, "err", err)
			continue
		}
		d.Level = levelOf(d.Free, d.Total)
		if level := before[d.Name]; d.Level > 0 && (level == 0 || d.Level < level) {
			g.Log.Error("a disk is filling up; make room, or keep recordings and messages for fewer days", "disk", d.Name, "folder", d.Dir,
				"free", d.Free, "percent", 100*d.Free/d.Total)
		}
		list = append(list, d)
	}
	g.latest.Store(&list)
}

// levelOf is the lowest level below which a disk is; 0: none.
func levelOf(free, total int64) (level int) {
	total = min(total, largest)
	for _, l := range levels {
		if free*100 < int64(l)*total {
			level = l
		}
	}
	return level
}

// Now returns what the last look has seen; none before the first, or without a guard.
func (g *Guard) Now() []Disk {
	if g == nil {
		return nil
	}
	if list := g.latest.Load(); list != nil {
		return *list
	}
	return nil
}

// Full reports whether a disk has less than 5 % left: then no recording begins.
func (g *Guard) Full() bool {
	for _, d := range g.Now() {
		if d.Level == levels[len(levels)-1] {
			return true
		}
	}
	return false
}

// Warnings are sentences for the operator, by the name of the disk.
func (g *Guard) Warnings() map[string]string {
	texts := map[string]string{}
	for _, d := range g.Now() {
		if d.Level > 0 {
			text := fmt.Sprintf("the disk of %s has %d %% left (%.1f GB of %.1f)", d.Dir, 100*d.Free/d.Total, float64(d.Free)/1e9, float64(d.Total)/1e9)
			if d.Level == levels[len(levels)-1] {
				text += "; nothing more is recorded until it has 5 %, or 5 GB"
			}
			texts[d.Name] = text + "; make room, or keep recordings and messages for fewer days"
		}
	}
	return texts
}

// freeOf asks the disk of a folder, or of the nearest one above it that is there.
func freeOf(dir string) (free, total int64, disk any, err error) {
	for {
		var is unix.Statfs_t
		err := unix.Statfs(dir, &is)
		if err == nil {
			return int64(is.Bavail) * is.Bsize, int64(is.Blocks) * is.Bsize, is.Fsid, nil
		}
		above := filepath.Dir(dir)
		if !errors.Is(err, fs.ErrNotExist) && !os.IsNotExist(err) || above == dir {
			return 0, 0, nil, err
		}
		dir = above
	}
}
