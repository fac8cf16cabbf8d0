package main

import (
	"fmt"
)

func inUse(addr string, err error) error {
	return fmt.Errorf("%s cannot be used; is another copy running? choose another port, or 0 for any: %w", addr, err)
}

// app is the name under which the controller takes calls from Asterisk.
const app = "presszero"
