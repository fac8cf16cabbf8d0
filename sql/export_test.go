package sql

// MenuNodesQuery is the query of MenuNodes, to be measured without a limit of time.
const MenuNodesQuery = menuNodes
