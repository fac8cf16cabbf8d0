package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"

	"presszero/sql"
	"presszero/web"
)

// userCommand looks after the people who may sign in.
func userCommand(ctx context.Context, args []string) error {
	if len(args) < 2 || args[0] != "add" {
		return errors.New("say whom to add: presszero user add NAME --role agent --password-stdin")
	}
	fs := flag.NewFlagSet("user add", flag.ContinueOnError)
	role := fs.String("role", "agent", "agent, supervisor or admin")
	queues := fs.String("queues", "", "the queues an agent serves, with commas; empty: all")
	stdin := fs.Bool("password-stdin", false, "read the password from standard input")
	if err := fs.Parse(args[2:]); err != nil {
		return err
	}
	if !*stdin {
		return errors.New("a password on the command line could be seen by others; pipe it in and say --password-stdin")
	}
	word, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if err != nil && word == "" {
		return errors.New("no password came on standard input")
	}
	u := web.User{Name: args[1], Role: web.Role(*role)}
	if *queues != "" {
		u.Queues = strings.Split(*queues, ",")
	}
	if err := web.CheckUser(u, strings.TrimRight(word, "\r\n")); err != nil {
		return err
	}
	if u.Hash, err = web.HashPassword(strings.TrimRight(word, "\r\n")); err != nil {
		return err
	}
	db, s, err := openDatabase(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := newPeople(db, s).CreateUser(ctx, u); err != nil {
		return fmt.Errorf("%s cannot be added: %w", u.Name, err)
	}
	fmt.Printf("added %s as %s\n", u.Name, u.Role)
	return nil
}

// migrateCommand brings the schema up to date, for those who do it apart from
// an upgrade.
func migrateCommand(ctx context.Context, args []string) error {
	if err := flag.NewFlagSet("migrate", flag.ContinueOnError).Parse(args); err != nil {
		return err
	}
	r, err := findRunning()
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
func openDatabase(ctx context.Context) (*sql.DB, Settings, error) {
	r, err := findRunning()
	if err != nil {
		return nil, Settings{}, err
	}
	db, err := sql.Open(ctx, sql.Config{URL: r.DatabaseURL})
	return db, r.Settings, err
}
