-- A simulated past that `presszero demo` has put into the database. There is at most
-- one, and the pages say so.

-- +goose Up
CREATE TABLE demo (
    one       boolean PRIMARY KEY DEFAULT true CHECK (one),
    filled_at timestamptz NOT NULL,
    first_day date NOT NULL,
    days      int NOT NULL
);

-- +goose Down
DROP TABLE demo;
