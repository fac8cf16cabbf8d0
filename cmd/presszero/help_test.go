package main

import "presszero/internal/starttest"

var must = starttest.Must
