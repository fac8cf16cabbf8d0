package wholetest

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// usage is the processor time that each part has taken; "all" is their sum, and
// includes what no part of that name has.
type usage map[string]time.Duration

// since is what was taken between an earlier look and this one.
func (u usage) since(earlier usage) usage {
	taken := usage{}
	for part, now := range u {
		taken[part] = now - earlier[part]
	}
	return taken
}

// userHz is in which parts of a second the kernel tells processor time (proc(5)).
const userHz = 100

// process is one line of the machine's process table.
type process struct {
	parent int
	taken  time.Duration // by it, and by its children that have ended
}

// processes reads the process table.
func processes(t testing.TB) map[int]process {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	must(t, err)
	all := map[int]process{}
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		must(t, err)
		// The name in brackets may have blanks in it. After it come the state, the
		// parent, and as fields 14 to 17 the ticks.
		f := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		var p process
		p.parent, err = strconv.Atoi(f[1])
		must(t, err)
		for _, ticks := range f[11:15] {
			n, err := strconv.Atoi(ticks)
			must(t, err)
			p.taken += time.Duration(n) * time.Second / userHz
		}
		all[pid] = p
	}
	return all
}

// tree is a process and all that it has started, and these.
func tree(all map[int]process, root int) []int {
	pids := []int{root}
	for i := 0; i < len(pids); i++ {
		for pid, p := range all {
			if p.parent == pids[i] {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}

// taken tells what the trees of processes have taken. The tree "all", if there is
// one, has the others in it; else their sum is "all".
func taken(t testing.TB, roots map[string]int) usage {
	t.Helper()
	all, u, sum := processes(t), usage{}, time.Duration(0)
	for part, root := range roots {
		for _, pid := range tree(all, root) {
			u[part] += all[pid].taken
		}
		sum += u[part]
	}
	if _, told := roots["all"]; !told {
		u["all"] = sum
	}
	return u
}

// pinApart gives the first half of the cores to what is measured and the other half to
// this process, which makes the load, until the test ends. With one core it does
// nothing. What either starts later runs where its parent does.
func pinApart(t testing.TB, roots []int) {
	t.Helper()
	var whole, first, second unix.CPUSet
	must(t, unix.SchedGetaffinity(0, &whole))
	half := whole.Count() / 2
	for cpu, seen := 0, 0; seen < whole.Count(); cpu++ {
		if !whole.IsSet(cpu) {
			continue
		}
		if seen < half {
			first.Set(cpu)
		} else {
			second.Set(cpu)
		}
		seen++
	}
	if half == 0 {
		return
	}
	all := processes(t)
	for _, root := range roots {
		for _, pid := range tree(all, root) {
			pin(pid, &first)
		}
	}
	pin(os.Getpid(), &second)
	t.Cleanup(func() { pin(os.Getpid(), &whole) })
}

// pin puts every thread of a process onto these cores, in two passes: one of the first
// may have been started by a thread that was not pinned yet. One that has just ended is
// passed over.
func pin(pid int, cores *unix.CPUSet) {
	for range 2 {
		threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", pid))
		for _, thread := range threads {
			if id, err := strconv.Atoi(filepath.Base(thread)); err == nil {
				_ = unix.SchedSetaffinity(id, cores)
			}
		}
	}
}
