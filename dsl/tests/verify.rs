//! What verification finds on models built by hand, and what it leaves alone.

mod support;

mod verify {
    mod grades;
    mod large;
    mod numbers;
    mod oracle;
    mod tables;
}
