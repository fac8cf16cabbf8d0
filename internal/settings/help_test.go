package settings

import "presszero/internal/starttest"

var must = starttest.Must
