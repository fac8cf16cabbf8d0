// Command benchtable measures the rows of the table in docs/performance.md, ours and
// Asterisk's own side by side, and prints it, the ratio first. Run it in the top folder
// of the project, or as `make bench`:
//
//	go run ./build/benchtable                  # all rows, three rounds, 35 minutes
//	go run ./build/benchtable -rows d -rounds 5
//	go run ./build/benchtable -from rows.txt   # from what go test has printed
//
// A row is measured by a benchmark of internal/wholetest, which can be run alone. The
// table is also written as Markdown.
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

func main() {
	rounds := flag.Int("rounds", 3, "how many rounds; the medians are shown")
	letters := flag.String("rows", "abcdefghij", "which rows")
	out := flag.String("out", "bin/bench.md", "where the table is written as Markdown")
	from := flag.String("from", "", "a file with what the benchmarks have printed; nothing is measured")
	flag.Parse()
	if *rounds < 2 {
		fail(fmt.Errorf("-rounds is %d; at least 2", *rounds))
	}
	var figures measured
	var failed error
	if *from == "" {
		figures, failed = measure(*letters, *rounds)
	} else {
		figures, failed = readFile(*from)
	}
	if len(figures) == 0 {
		fail(fmt.Errorf("nothing was measured: %w", failed))
	}
	lines := lay(*letters, figures)
	machine := describeMachine(context.Background())
	head := append(machine, fmt.Sprintf("%s, median of %d rounds (lowest to highest)", plural(*letters), *rounds))
	if err := printTable(os.Stdout, head, lines); err != nil {
		fail(err)
	}
	if err := os.MkdirAll(filepath.Dir(*out), 0o755); err != nil {
		fail(err)
	}
	if err := os.WriteFile(*out, markdown(head, lines), 0o644); err != nil {
		fail(err)
	}
	fmt.Println("\nas Markdown:", *out)
	if failed != nil {
		fail(fmt.Errorf("a row has failed, see above: %w", failed))
	}
}

func plural(letters string) string {
	if len(letters) == 1 {
		return "row " + letters
	}
	return "rows " + letters[:1] + " to " + letters[len(letters)-1:]
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "benchtable:", err)
	os.Exit(1)
}

// measured is what the benchmarks have reported: the figures by their name, by
// benchmark.
type measured map[string]map[string]float64

// measure runs the benchmarks of these rows and passes on what they print.
func measure(letters string, rounds int) (measured, error) {
	var names []string
	for _, r := range rows {
		if strings.Contains(letters, r.letter) && !slices.Contains(names, r.bench) {
			names = append(names, r.bench)
		}
	}
	cmd := exec.Command("go", "test", "-run", "^$", "-bench", "^Benchmark("+strings.Join(names, "|")+")$",
		"-benchtime", strconv.Itoa(rounds)+"x", "-timeout", "90m", "./internal/wholetest")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	found := parse(io.TeeReader(out, os.Stderr))
	return found, cmd.Wait()
}

func readFile(path string) (measured, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return parse(f), nil
}

// parse reads the lines of benchmarks: name, iterations, and pairs of value and unit. What
// a benchmark says of its progress stands between the name and the rest.
func parse(r io.Reader) measured {
	found, name := measured{}, ""
	for lines := bufio.NewScanner(r); lines.Scan(); {
		f := strings.Fields(lines.Text())
		if len(f) > 0 && strings.HasPrefix(f[0], "Benchmark") && !strings.HasSuffix(f[0], ":") {
			name, _, _ = strings.Cut(strings.TrimPrefix(f[0], "Benchmark"), "-") // without GOMAXPROCS
			f = f[1:]
		}
		if len(f) < 3 {
			continue
		}
		if _, err := strconv.Atoi(f[0]); err != nil {
			continue
		}
		for i := 1; i+1 < len(f); i += 2 {
			if value, err := strconv.ParseFloat(f[i], 64); err == nil {
				if found[name] == nil {
					found[name] = map[string]float64{}
				}
				found[name][f[i+1]] = value
			}
		}
	}
	return found
}
