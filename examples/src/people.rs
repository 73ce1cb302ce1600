use milo_core::Milo;
use milo_core::domain::UserId;

/// Two people that your program would know from its own accounts.
pub fn two_people(milo: &Milo) -> [UserId; 2] {
    [(); 2].map(|()| UserId(milo.ports().ids.next_id()))
}
