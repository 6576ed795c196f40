"""What turned codes cost: does a score that has corners still prefer the world's axes?"""
