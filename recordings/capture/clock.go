package capture

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// clock turns the times of this process into those of the boot clock.
type clock struct {
	origin time.Time // with the monotonic reading of this process
	boot   int64     // what the boot clock showed then, in nanoseconds
}

func startClock() (clock, error) {
	var boot unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &boot); err != nil {
		return clock{}, fmt.Errorf("capture: the machine has no boot clock: %w", err)
	}
	return clock{time.Now(), boot.Nano()}, nil
}

// at is the boot clock's time of t. While the machine sleeps, it stands still.
func (c clock) at(t time.Time) int64 { return c.boot + int64(t.Sub(c.origin)) }

// bootID names this start of the machine; "" where the kernel does not say.
var bootID = sync.OnceValue(func() string {
	id, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return strings.TrimSpace(string(id))
})
