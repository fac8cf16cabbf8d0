package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/user"
	"slices"
	"strconv"
	"strings"

	"presszero/internal/controller"
	"presszero/internal/running"
	"presszero/internal/settings"
	"presszero/sql"
	"presszero/web"
)

// userCommand looks after the people who may sign in.
func userCommand(ctx context.Context, args []string) error {
	if len(args) < 2 || args[0] != "add" && args[0] != "set" {
		return errors.New("name the person: presszero user add NAME --role agent --password-stdin, or presszero user set NAME --skill german=8 --queue support=2")
	}
	if args[0] == "set" {
		return setUser(ctx, args[1], args[2:])
	}
	return addUser(ctx, args[1], args[2:])
}

// levels are repeated flags of the form NAME=LEVEL.
type levels struct {
	names []string
	of    map[string]int
	bare  bool // NAME alone may stand
}

func (l *levels) String() string { return "" }

// Set implements flag.Value.
func (l *levels) Set(text string) error {
	name, number, given := strings.Cut(text, "=")
	n, err := strconv.Atoi(number)
	if !given && !l.bare || given && err != nil {
		return fmt.Errorf("%q is not understood; write NAME=LEVEL, with a level from 1 to 10", text)
	}
	l.names = append(l.names, name)
	if given {
		if l.of == nil {
			l.of = map[string]int{}
		}
		l.of[name] = n
	}
	return nil
}

// userWork are the flags about what somebody serves and can do.
func userWork(fs *flag.FlagSet) (queues, skills *levels) {
	queues, skills = &levels{bare: true}, &levels{}
	fs.Var(queues, "queue", "a queue that she serves, with its weight if she serves several: support or support=2; may be repeated; none: all")
	fs.Var(skills, "skill", "what she can do and how well, 1 to 10: german=8; may be repeated")
	return queues, skills
}

func addUser(ctx context.Context, name string, args []string) error {
	fs := flag.NewFlagSet("user add", flag.ContinueOnError)
	role := fs.String("role", "agent", "agent, supervisor or admin")
	list := fs.String("queues", "", "the queues an agent serves, with commas; empty: all")
	stdin := fs.Bool("password-stdin", false, "read the password from standard input")
	generate := fs.Bool("generate", false, "have a password made, which she has to change")
	queues, skills := userWork(fs)
	if err := fs.Parse(args); err != nil {
		return err
	}
	word, err := firstPassword(*stdin, *generate)
	if err != nil {
		return err
	}
	u := web.User{Name: name, Role: web.Role(*role), Queues: queues.names, Weights: queues.of, Skills: skills.of, FirstPassword: *generate}
	if *list != "" {
		u.Queues = append(u.Queues, strings.Split(*list, ",")...)
	}
	if err := web.CheckUser(u, word); err != nil {
		return err
	}
	if u.Hash, err = web.HashPassword(word); err != nil {
		return err
	}
	if err := createUser(ctx, u); err != nil {
		return err
	}
	fmt.Printf("added %s as %s\n", u.Name, u.Role)
	if *generate {
		fmt.Printf("the password is %s; she chooses her own when she signs in\n", word)
	}
	return nil
}

// createUser adds a user to the database, and to the audit log.
func createUser(ctx context.Context, u web.User) error {
	db, s, err := openDatabase(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := controller.NewPeople(db, s).CreateUser(ctx, u); err != nil {
		return fmt.Errorf("%s cannot be added: %w", u.Name, err)
	}
	return db.Audit(ctx, operator(), "user.create", map[string]any{"name": u.Name, "role": u.Role, "queues": u.Queues, "skills": u.Skills, "weights": u.Weights})
}

// firstPassword reads the password of a new user from standard input, or makes one.
func firstPassword(stdin, generate bool) (string, error) {
	if stdin == generate {
		return "", errors.New("a password on the command line could be seen by others; pipe it in and say --password-stdin, or say --generate")
	}
	if generate {
		return web.GeneratePassword(), nil
	}
	word, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if err != nil && word == "" {
		return "", errors.New("no password came on standard input")
	}
	return strings.TrimRight(word, "\r\n"), nil
}

// setUser changes what somebody serves and can do. A program that runs notices
// within seconds, and an agent who is signed in stays so.
func setUser(ctx context.Context, name string, args []string) error {
	fs := flag.NewFlagSet("user set", flag.ContinueOnError)
	queues, skills := userWork(fs)
	role := fs.String("role", "", "agent, supervisor or admin; her sessions end")
	allQueues := fs.Bool("all-queues", false, "serve all queues")
	noSkills := fs.Bool("no-skills", false, "no skills any more")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if fs.NArg() > 0 || fs.NFlag() == 0 {
		return errors.New("say what is to be set: --role agent, --queue support=2, --all-queues, --skill german=8, --no-skills; what is not named stays")
	}
	return changeUser(ctx, name, web.Role(*role), func(u *web.User) {
		if *allQueues || len(queues.names) > 0 {
			u.Queues, u.Weights = queues.names, queues.of
		}
		if *allQueues {
			u.Queues = nil
		}
		if *noSkills || len(skills.names) > 0 {
			u.Skills = skills.of
		}
	})
}

// changeUser gives a user the role, unless it is "", and what else change sets.
func changeUser(ctx context.Context, name string, role web.Role, change func(*web.User)) error {
	db, s, err := openDatabase(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	people := controller.NewPeople(db, s)
	u, err := people.User(ctx, name)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	change(&u)
	if err := web.CheckWork(u); err != nil {
		return err
	}
	detail := map[string]any{"name": u.Name, "queues": u.Queues, "skills": u.Skills, "weights": u.Weights}
	if role != "" && role != u.Role {
		if err := web.CheckRole(role); err != nil {
			return err
		}
		detail["before"], detail["role"] = u.Role, string(role)
		err = people.SetUserRole(ctx, u.Name, role)
	}
	if err == nil {
		err = people.SetUserWork(ctx, u)
	}
	if err != nil {
		return fmt.Errorf("%s cannot be changed: %w", name, err)
	}
	if err := db.Audit(ctx, operator(), "user.work", detail); err != nil {
		return err
	}
	fmt.Printf("%s serves %s and can do %s\n", name, shown(u.Queues, u.Weights, "all queues"), shown(slices.Sorted(maps.Keys(u.Skills)), u.Skills, "nothing in particular"))
	return nil
}

// shown lists names with their numbers: "support=2, sales".
func shown(names []string, numbers map[string]int, none string) string {
	var list []string
	for _, name := range names {
		if n, ok := numbers[name]; ok {
			name += "=" + strconv.Itoa(n)
		}
		list = append(list, name)
	}
	if len(list) == 0 {
		return none
	}
	return strings.Join(list, ", ")
}

// migrateCommand brings the schema up to date, for those who do it apart from
// an upgrade.
func migrateCommand(ctx context.Context, args []string) error {
	if err := flag.NewFlagSet("migrate", flag.ContinueOnError).Parse(args); err != nil {
		return err
	}
	r, err := running.Find()
	if err != nil {
		return err
	}
	if err := sql.Migrate(ctx, r.DatabaseURL); err != nil {
		return err
	}
	fmt.Println("the schema is up to date")
	return nil
}

// openDatabase opens the database of the settings, or of the program that
// runs in the state folder.
func openDatabase(ctx context.Context) (*sql.DB, settings.Settings, error) {
	r, err := running.Find()
	if err != nil {
		return nil, settings.Settings{}, err
	}
	db, err := sql.Open(ctx, sql.Config{URL: r.DatabaseURL})
	return db, r.Settings, err
}

// operator is the person who uses a command, as the audit has it.
func operator() string {
	if u, err := user.Current(); err == nil {
		return "command line: " + u.Username
	}
	return "command line"
}
