package private_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"presszero/asterisk/private"
)

// parentEnv makes the test binary play the program that is killed in
// TestDiesWithItsParent: it starts an Asterisk in the given folder, says its
// process id and waits.
const parentEnv = "PRIVATE_TEST_PARENT"

func TestMain(m *testing.M) {
	if dir := os.Getenv(parentEnv); dir != "" {
		parent(dir)
	}
	os.Exit(m.Run())
}

func parent(dir string) {
	ctx := context.Background()
	root, err := private.Install(ctx, "", nil)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	pbx, err := private.Start(ctx, private.Config{
		Root: root, Dir: dir, ARIPassword: "secret",
		SIPAddr: os.Getenv("SIP_ADDR"), HTTPAddr: os.Getenv("HTTP_ADDR"),
	})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	if err := pbx.WaitReady(ctx); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("pid", pbx.PID())
	<-pbx.Done()
	os.Exit(1)
}
