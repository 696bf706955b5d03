# pragma version ~=0.4.3
# pragma evm-version paris
"""
@title AnchorLog: roots of append-only logs, kept for ever
@license Apache-2.0
@notice
    A log says "I am so large and my root is this", and can never take it back.
    Anybody may ask what was said, about the newest size or any size before.
@dev
    A log id is 32 bytes, chosen outside: the SHA-256 of the log's origin.
    There is no function that changes or removes a root. The admin decides who
    writes for a log, and nothing else; give a multisig where one key is too little.
    There are no Vyper immutables, so every deployment has the same code hash.
    Values of mappings are not packed, and a slot is keccak256(slot . key),
    which is the other way round than in Solidity (matters for eth_getProof).
"""

event Appointed:
    log_id: indexed(bytes32)
    writer: indexed(address)


event Anchored:
    log_id: indexed(bytes32)
    size: indexed(uint64)
    root: bytes32


admin: public(address)
writer_of: public(HashMap[bytes32, address])
root_at: public(HashMap[bytes32, HashMap[uint64, bytes32]])
newest_size: HashMap[bytes32, uint64]


@deploy
def __init__(admin: address):
    """
    @param admin Who appoints writers. It never changes; a new admin is a new contract.
    """
    assert admin != empty(address), "no admin"
    self.admin = admin


@external
def appoint(log_id: bytes32, writer: address):
    """
    @notice Give a log its writer, or another one; the zero address closes it for writing.
    @dev By the admin alone, so that a stolen writer key cannot appoint itself a successor.
    """
    assert msg.sender == self.admin, "not the admin"
    self.writer_of[log_id] = writer
    log Appointed(log_id=log_id, writer=writer)


@external
def anchor(log_id: bytes32, size: uint64, root: bytes32):
    """
    @notice Say the root of a log at a size larger than every size said before.
    """
    assert msg.sender == self.writer_of[log_id], "not the writer"
    assert size > self.newest_size[log_id], "size must grow"
    assert root != empty(bytes32), "no root"
    self.newest_size[log_id] = size
    self.root_at[log_id][size] = root
    log Anchored(log_id=log_id, size=size, root=root)


@external
@view
def head(log_id: bytes32) -> (uint64, bytes32):
    """
    @notice The newest size and its root; (0, 0) for a log that never anchored.
    """
    size: uint64 = self.newest_size[log_id]
    return size, self.root_at[log_id][size]
