package archive

import (
	"context"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Usage is what the folder of an archive takes of its disk.
type Usage struct {
	Bodies   int
	Bytes    int64
	Free     int64   // of the disk, for us
	Total    int64   // of the disk
	PerDay   int64   // bytes that the last week brought, by day; 0: nothing has come
	DaysLeft float64 // at that rate; negative: nothing has come, so nobody knows
}

// week is the time over which the rate is taken.
const week = 7 * 24 * time.Hour

// Usage measures the folder. It looks at every file: a million take some seconds. The
// rate is by when files were written here, so it is wrong for a week after all of them
// were copied to another disk. With a bucket it is what waits for it.
func (a *Archive) Usage(ctx context.Context, now time.Time) (u Usage, err error) {
	var recent int64
	first := now
	for o, err := range a.Local.List(ctx, a.Kind+"/") {
		if err != nil {
			return u, err
		}
		u.Bodies++
		u.Bytes += o.Size
		if now.Sub(o.Changed) < week {
			recent += o.Size
			if o.Changed.Before(first) {
				first = o.Changed
			}
		}
	}
	if err := os.MkdirAll(a.Local.Dir, 0o700); err != nil {
		return u, err
	}
	var disk unix.Statfs_t
	if err := unix.Statfs(a.Local.Dir, &disk); err != nil {
		return u, fmt.Errorf("the disk of the archive cannot be asked how full it is: %w", err)
	}
	u.Free, u.Total = int64(disk.Bavail)*disk.Bsize, int64(disk.Blocks)*disk.Bsize
	// In the first day the rate would be that of an hour of work.
	days := max(now.Sub(first).Hours()/24, 1)
	u.PerDay = int64(float64(recent) / days)
	return u.left(), nil
}

// Add is the usage of two kinds of things on one disk.
func (u Usage) Add(v Usage) Usage {
	u.Bodies, u.Bytes, u.PerDay = u.Bodies+v.Bodies, u.Bytes+v.Bytes, u.PerDay+v.PerDay
	return u.left()
}

func (u Usage) left() Usage {
	u.DaysLeft = -1
	if u.PerDay > 0 {
		u.DaysLeft = float64(u.Free) / float64(u.PerDay)
	}
	return u
}
