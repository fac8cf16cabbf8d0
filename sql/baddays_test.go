package sql_test

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"presszero/call"
	"presszero/internal/disktest"
	"presszero/journal"
	"presszero/sql"
	"presszero/sql/cluster"
)

// Postgres has a bad day while calls come in, ten a second. Nobody waits for
// it: the day goes on until all facts of that time are on disk. Afterwards
// every fact is a row, none twice, and the rows amount to the same as when they
// are computed anew.

// badDay is what happens to Postgres.
type badDay struct {
	name string
	meet func(*testing.T, *patient)
	lags bool // facts must have been left behind, or the day was not bad
}

// patient is a Postgres with its books.
type patient struct {
	fixture
	dir     string
	pg      *cluster.Cluster
	now     *cluster.Cluster // has taken over from pg
	journal *journal.Journal
	shipper *sql.Shipper
	begin   func(*testing.T)
	end     func(*testing.T)
}

// badFor is how long Postgres is bad; `make soak` makes it a minute.
func badFor(t *testing.T) time.Duration {
	if s := os.Getenv("PRESSZERO_BAD_FOR"); s != "" {
		d, err := time.ParseDuration(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	return 3 * time.Second
}

func TestPostgresHasABadDay(t *testing.T) {
	t.Parallel()
	if disktest.Inside() {
		badDay{name: "disk full", meet: diskFull(disktest.New(t, "16m")), lags: true}.live(t)
		return
	}
	for _, d := range []badDay{
		{name: "stopped", meet: stopped, lags: true},
		{name: "slow", meet: slow, lags: true},
		{name: "far away", meet: farAway},
		{name: "locked", meet: locked, lags: true},
		{name: "failed over", meet: failedOver, lags: true},
	} {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			d.live(t)
		})
	}
	t.Run("disk full", func(t *testing.T) {
		t.Parallel()
		if why := disktest.Refused(t); why != nil {
			t.Logf("%v; Postgres says that it is full", why)
			badDay{name: "disk full", meet: saysFull, lags: true}.live(t)
			return
		}
		disktest.Rerun(t)
	})
}

func (d badDay) live(t *testing.T) {
	p := &patient{dir: t.TempDir(), journal: openJournal(t)}
	p.pg = p.start(t, "pg")
	if err := sql.Migrate(soon(t), p.pg.URL()); err != nil {
		t.Fatal(err)
	}
	p.fixture = openAt(t, p.pg.URL())
	d.meet(t, p)
	p.shipper, _ = shipping(t, p.DB, p.journal)

	calls := int(badFor(t)/time.Second)*callsPerSecond + 20
	facts := anyDay(20, calls)
	part := len(facts) * 10 / calls
	pour(t, p.journal, facts[:part], part/10)
	p.begin(t)
	pour(t, p.journal, facts[part:len(facts)-part], part/10)
	behind, age := p.shipper.Lag()
	if d.lags && behind == 0 {
		t.Error("Postgres has all facts although its day was bad")
	}
	p.end(t)
	pour(t, p.journal, facts[len(facts)-part:], part/10)
	began := time.Now()
	arrived(t, p.shipper, p.journal)
	p.holds(t, facts)
	t.Logf("%s: %d calls, %d facts in, %s rows out; at the worst %d bytes (%s) behind, all there %s after the last fact",
		d.name, calls, len(facts), p.one(t, `SELECT count(*)::text FROM call_event`), behind, age.Round(time.Millisecond), time.Since(began).Round(time.Millisecond))
	if n := p.one(t, `SELECT count(*)::text FROM call_event_rejected`); n != "0" {
		t.Errorf("%s facts were put aside", n)
	}
	before := p.tables(t)
	if err := openAt(t, p.near()).Rebuild(soon(t)); err != nil {
		t.Fatal(err)
	}
	if p.tables(t) != before {
		t.Error("the projections are not those of the facts")
	}
}

const callsPerSecond = 10

// pour lets facts happen, those of a call in each tenth of a second, and
// returns when they are on disk. A goroutine that appends is blocked by nothing: the
// test would not end.
func pour(t *testing.T, j *journal.Journal, facts []call.Entry, perCall int) {
	t.Helper()
	tick := time.NewTicker(time.Second / callsPerSecond)
	defer tick.Stop()
	for len(facts) > 0 {
		n := min(len(facts), perCall)
		for _, e := range facts[:n] {
			j.Append([]call.Entry{e})
		}
		facts = facts[n:]
		if err := j.Sync(soon(t)); err != nil { // as for a promise
			t.Fatal(err)
		}
		<-tick.C
	}
}

// near is where all is in the end, without what lies between.
func (p *patient) near() string {
	if p.now != nil {
		return p.now.URL()
	}
	return p.pg.URL()
}

func (p *patient) start(t *testing.T, name string) *cluster.Cluster {
	t.Helper()
	c, err := cluster.Start(context.Background(), cluster.Config{Dir: filepath.Join(p.dir, name), Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Stop() })
	return c
}

func stopped(_ *testing.T, p *patient) {
	p.begin = func(*testing.T) { p.pg.Stop() }
	p.end = func(t *testing.T) { p.pg = p.start(t, "pg") }
}

// slow takes 50 ms for every fact: a batch of a thousand never ends.
func slow(_ *testing.T, p *patient) {
	p.begin = func(*testing.T) {
		p.raw.MustExec(`CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.05); RETURN NEW; END';
			CREATE TRIGGER dawdle BEFORE INSERT ON call_event FOR EACH ROW EXECUTE FUNCTION dawdle()`)
	}
	p.end = func(t *testing.T) {
		for { // a batch under way may lock the tables in another order
			_, err := p.raw.Exec(`DROP FUNCTION dawdle CASCADE`)
			if err == nil {
				return
			}
			if !strings.Contains(err.Error(), "40P01") { // deadlock detected
				t.Fatal(err)
			}
		}
	}
}

// farAway is reached over a line on which everything takes 30 ms.
func farAway(t *testing.T, p *patient) {
	const delay = 30 * time.Millisecond
	pipe := func(to, from net.Conn) {
		defer to.Close()
		for b := make([]byte, 1<<16); ; {
			n, err := from.Read(b)
			if err != nil {
				return
			}
			time.Sleep(delay) // the line is this slow
			if _, err := to.Write(b[:n]); err != nil {
				return
			}
		}
	}
	socket := hostOf(t, p.pg) + "/.s.PGSQL.5432"
	addr := doors(t, func(c net.Conn) {
		pg, err := net.Dial("unix", socket)
		if err != nil {
			c.Close()
			return
		}
		go pipe(pg, c)
		pipe(c, pg)
	})
	p.DB = openAt(t, "postgres://presszero@"+addr+"/"+cluster.Name+"?sslmode=disable").DB
	p.begin, p.end = func(*testing.T) {}, func(*testing.T) {}
}

// locked is a table that somebody has locked and forgotten.
func locked(_ *testing.T, p *patient) {
	var unlock func() error
	p.begin = func(t *testing.T) {
		tx, err := p.raw.Beginx()
		if err != nil {
			t.Fatal(err)
		}
		tx.MustExec(`LOCK TABLE call_event IN ACCESS EXCLUSIVE MODE`)
		unlock = tx.Rollback
	}
	p.end = func(t *testing.T) {
		if err := unlock(); err != nil {
			t.Fatal(err)
		}
	}
}

// failedOver has a standby that lags: it takes over without the last commits.
func failedOver(t *testing.T, p *patient) {
	standby := filepath.Join(p.dir, "standby", "data")
	copying := exec.Command(filepath.Join(p.pg.Bin(), "pg_basebackup"), "-d", p.pg.URL(), "-D", standby, "-R", "-X", "stream", "-c", "fast", "--no-sync")
	if out, err := copying.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	second := p.start(t, "standby")
	p.now = second
	own := p.fixture // of the first server alone
	both := fmt.Sprintf("postgres:///%s?host=%s,%s&port=5432&user=presszero&sslmode=disable", cluster.Name, hostOf(t, p.pg), hostOf(t, second))
	p.fixture = openAt(t, both)
	other := openAt(t, second.URL())

	p.begin = func(t *testing.T) {
		arrived(t, p.shipper, p.journal)
		caught := own.one(t, `SELECT pg_current_wal_lsn()::text`)
		until(t, "the standby has it all", func() bool {
			return other.one(t, `SELECT (pg_last_wal_replay_lsn() >= $1::pg_lsn)::text`, caught) == "true"
		})
		other.raw.MustExec(`ALTER SYSTEM SET primary_conninfo = ''`)
		other.raw.MustExec(`SELECT pg_reload_conf()`)
		until(t, "the standby hears no more", func() bool {
			return other.one(t, `SELECT count(*)::text FROM pg_stat_wal_receiver`) == "0"
		})
		lost := arrive(77_777, noon, "7").list // committed, and gone with the first server
		p.journal.Append(lost)
		arrived(t, p.shipper, p.journal)
		before, now := own.one(t, `SELECT count(*)::text FROM call_event`), other.one(t, `SELECT count(*)::text FROM call_event`)
		t.Logf("%s rows were committed; the standby has %s", before, now)
		if before == now {
			t.Fatal("the standby lacks nothing")
		}
		p.pg.Stop()
	}
	p.end = func(t *testing.T) {
		other.raw.MustExec(`SELECT pg_promote()`)
		until(t, "the lost commits are there again", func() bool {
			return other.one(t, `SELECT count(*)::text FROM call_event WHERE call_id = $1`, string(newID(77_777))) == "3"
		})
		arrived(t, p.shipper, p.journal)
		other.raw.MustExec(`ALTER TABLE call_event DISABLE TRIGGER call_event_is_final`)
		other.raw.MustExec(`DELETE FROM call_event WHERE call_id = $1`, string(newID(77_777)))
		other.raw.MustExec(`DELETE FROM call_fact WHERE call_id = $1`, string(newID(77_777)))
		other.raw.MustExec(`DELETE FROM trunk_call WHERE call_id = $1`, string(newID(77_777)))
		other.raw.MustExec(`DELETE FROM caller WHERE number = '7'`)
	}
}

func hostOf(t *testing.T, c *cluster.Cluster) string {
	u, err := url.Parse(c.URL())
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get("host")
}

// diskFull has the facts on a small disk, which somebody else fills.
func diskFull(disk disktest.Disk) func(*testing.T, *patient) {
	return func(t *testing.T, p *patient) {
		space := filepath.Join(string(disk), "space")
		if err := os.Mkdir(space, 0o700); err != nil {
			t.Fatal(err)
		}
		p.raw.MustExec(`CREATE TABLESPACE small LOCATION '` + space + `'`)
		first := noon.AddDate(0, 0, 1-noon.Day())
		p.raw.MustExec(fmt.Sprintf(`CREATE TABLE %s PARTITION OF call_event FOR VALUES FROM ('%s') TO ('%s') TABLESPACE small`,
			noonsTable, call.DayOf(first), call.DayOf(first.AddDate(0, 1, 0))))
		p.begin = func(t *testing.T) { disk.Fill(t) }
		p.end = func(t *testing.T) {
			until(t, "Postgres says that its disk is full", func() bool { // it may be slow to need room
				text, _ := os.ReadFile(filepath.Join(p.dir, "pg", "log"))
				return strings.Contains(string(text), "No space left on device")
			})
			disk.Free(t)
		}
	}
}

func saysFull(_ *testing.T, p *patient) {
	p.begin = func(*testing.T) {
		p.raw.MustExec(`CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
			$$BEGIN RAISE EXCEPTION 'No space left on device' USING ERRCODE = '53100'; END$$;
			CREATE TRIGGER full_disk BEFORE INSERT ON call_event FOR EACH ROW EXECUTE FUNCTION full_disk()`)
	}
	p.end = func(*testing.T) { p.raw.MustExec(`DROP FUNCTION full_disk CASCADE`) }
}
