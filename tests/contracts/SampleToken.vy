# pragma version ~=0.4.3
# pragma evm-version paris
"""
@title SampleToken: the least ERC-20 that the payout contract can be tried with
@license Apache-2.0
"""

balanceOf: public(HashMap[address, uint256])


@deploy
def __init__(holder: address):
    self.balanceOf[holder] = 10**18


@external
def transfer(to: address, amount: uint256) -> bool:
    self.balanceOf[msg.sender] -= amount
    self.balanceOf[to] += amount
    return True
