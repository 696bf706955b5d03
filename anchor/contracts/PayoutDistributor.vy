# pragma version ~=0.4.3
# pragma evm-version paris
"""
@title PayoutDistributor: what is owed to each address, withdrawn by whoever holds the proof
@license Apache-2.0
@notice
    The operator says one root over (address, all that was ever owed to it). Whoever is
    owed withdraws the difference to what was withdrawn before, so no amount is ever
    paid twice, and no root takes back what an earlier one let somebody withdraw already.
@dev
    A leaf is keccak256(keccak256(abi.encode(address, uint256))), a node the keccak256 of
    its two children in ascending order: the tree of OpenZeppelin's StandardMerkleTree.
    Hashing a leaf twice keeps 64 bytes of one from being read as two nodes.
    A root comes with its total, and only when the contract holds what is still to be
    withdrawn of it: the amounts of a root that adds up wrongly end at its total.
    The token is trusted to be an ERC-20 without fees or callbacks on transfer; amounts are
    in its smallest unit, which is a micro for a token with six decimals.
"""

from ethereum.ercs import IERC20

event Distributed:
    root: indexed(bytes32)
    total: uint256


event Withdrawn:
    account: indexed(address)
    amount: uint256
    cumulative: uint256


DEPTH_MAX: constant(uint256) = 32

operator: public(address)
token: public(address)
root: public(bytes32)
total: public(uint256)
withdrawn: public(uint256)
withdrawn_by: public(HashMap[address, uint256])


@deploy
def __init__(operator: address, token: address):
    """
    @param operator Who says roots. It never changes; give a multisig where one key is too little.
    @param token The ERC-20 that is paid out. It never changes.
    """
    assert operator != empty(address), "no operator"
    assert token != empty(address), "no token"
    self.operator = operator
    self.token = token


@external
def distribute(root: bytes32, total: uint256):
    """
    @notice Say a new root, and all that was ever owed under it. It is funded before.
    """
    assert msg.sender == self.operator, "not the operator"
    assert root != empty(bytes32), "no root"
    assert total >= self.total, "total must not shrink"
    held: uint256 = staticcall IERC20(self.token).balanceOf(self)
    assert held >= total - self.withdrawn, "not funded"
    self.root = root
    self.total = total
    log Distributed(root=root, total=total)


@external
def withdraw(account: address, cumulative: uint256, proof: DynArray[bytes32, DEPTH_MAX]):
    """
    @notice Pay an account what is owed to it by the newest root, less what it withdrew before.
    @dev Anybody may call it, since the money goes to the account that is owed.
    """
    assert self._root_of(account, cumulative, proof) == self.root, "no such leaf"
    before: uint256 = self.withdrawn_by[account]
    assert cumulative > before, "nothing to withdraw"
    amount: uint256 = cumulative - before
    assert self.withdrawn + amount <= self.total, "more than the total"
    self.withdrawn_by[account] = cumulative
    self.withdrawn += amount
    log Withdrawn(account=account, amount=amount, cumulative=cumulative)
    assert extcall IERC20(self.token).transfer(account, amount, default_return_value=True), "not transferred"


@internal
@pure
def _root_of(account: address, cumulative: uint256, proof: DynArray[bytes32, DEPTH_MAX]) -> bytes32:
    node: bytes32 = keccak256(abi_encode(keccak256(abi_encode(account, cumulative))))
    for sibling: bytes32 in proof:
        if convert(node, uint256) < convert(sibling, uint256):
            node = keccak256(concat(node, sibling))
        else:
            node = keccak256(concat(sibling, node))
    return node
